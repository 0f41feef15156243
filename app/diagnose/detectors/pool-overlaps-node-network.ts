// A pool of Pods' addresses and the network of the nodes share addresses: Pods get addresses of machines, and routes to blocks cover nodes.
import { everywhere, proof } from '../cluster.ts';
import type { Detector } from '../detector.ts';
import { draft } from '../draft.ts';
import { overlap } from '../prefixes.ts';

export const poolOverlapsNodeNetwork: Detector = {
  id: 'pool-overlaps-node-network',
  concludes: 'a pool of Pods’ addresses shares addresses with a network that a NIC of a node is in',
  explainedBy: [],
  detect({ inventory, nodes }) {
    const pools = Object.values(inventory?.calico.pools ?? {}).filter(
      // Addresses of load balancers may well be of the nodes' network.
      ({ disabled, allowedUses }) => !disabled && allowedUses?.includes('Workload') !== false,
    );
    const networks = new Map<
      string,
      { readonly node: string; readonly device: string; readonly address: string }
    >();
    for (const { label, devices } of nodes)
      for (const { role, name, addresses } of devices.values())
        for (const { address, prefixLength, scope } of role === 'nic' ? addresses : [])
          if (scope === 'global')
            networks.set(`${address}/${prefixLength}`, { node: label, device: name, address });
    const drafts = pools.flatMap(({ name, cidr }) => {
      const hit = [...networks].filter(([network]) => overlap(network, cidr));
      const [first] = hit;
      if (first === undefined) return [];
      const [network, { node, device, address }] = first;
      const all = [...new Set(hit.map(([, one]) => one.node))];
      return [
        draft({
          node: all.length === 1 ? node : null,
          device: all.length === 1 ? device : null,
          title: `The pool ${name} (${cidr}) overlaps the network of ${all.length === 1 ? node : `${all.length} nodes`}`,
          because: `${device} of ${node} is in ${network}, and the pool gives Pods addresses of ${cidr}: a Pod may get the address of a machine, and routes to its blocks cover machines.`,
          proofs: [
            ...proof(inventory?.kinds['calico.pools'], cidr, name),
            ...proof(nodes.find(({ label }) => label === node)?.snapshot.links, address),
          ],
          mend: [
            'Make a pool elsewhere, disable this one, and let Pods be made anew.',
            `calicoctl patch ippool ${name} -p '{"spec":{"disabled":true}}'`,
            'calicoctl ipam show --show-blocks',
          ],
        }),
      ];
    });
    const listed = inventory?.kinds['calico.pools'].state;
    return everywhere(
      drafts,
      listed === 'listed' || listed === 'absent' ? null : 'Calico’s pools were not listed.',
    );
  },
};
