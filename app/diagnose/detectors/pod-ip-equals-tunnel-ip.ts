// A Pod has the address that a node's tunnel device has (calico#3589): the node takes what is for the Pod for its own.
import { everywhere, podName, proof } from '../cluster.ts';
import type { Detector } from '../detector.ts';
import { draft } from '../draft.ts';
import { hasEnded } from '../../topology/match-pods.ts';
import { addressOf, podCalled } from '../subject.ts';

export const podIpEqualsTunnelIp: Detector = {
  id: 'pod-ip-equals-tunnel-ip',
  concludes: 'a living Pod has the address of a node’s tunnel device',
  explainedBy: [],
  detect({ nodes, pods, inventory }) {
    const tunnels = new Map(
      nodes.flatMap((node) =>
        [...node.devices.values()].flatMap(({ role, name, addresses }) =>
          role === 'tunnel' ? addresses.map(({ address }) => [address, { node, name }] as const) : [],
        ),
      ),
    );
    return everywhere(
      pods
        .filter((pod) => !hasEnded(pod))
        .flatMap((pod) =>
          pod.ips.flatMap((ip) => {
            const tunnel = tunnels.get(ip);
            if (tunnel === undefined) return [];
            const { label, snapshot } = tunnel.node;
            const who = podName(pod);
            return [
              draft({
                node: label,
                device: tunnel.name,
                pod: who,
                title: `${who} and ${tunnel.name} of ${label} both have ${ip}`,
                because: `${label} takes packets for ${ip} for its own and answers them itself; the Pod gets none that pass there.`,
                proofs: [...proof(snapshot.links, ip), ...proof(inventory?.kinds.pods, ip)],
                mend: [
                  'Delete the Pod, so that it gets another address; see in IPAM to whom the address is given.',
                  `calicoctl ipam show --ip=${ip}`,
                  `kubectl -n ${pod.namespace ?? 'default'} delete pod ${pod.name}`,
                ],
                breaks: [podCalled(who), addressOf(ip)],
              }),
            ];
          }),
        ),
    );
  },
};
