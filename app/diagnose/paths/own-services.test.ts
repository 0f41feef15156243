// Ways that a cluster need not have – by a node's own port to a Service, from a Pod to itself through its Service – are told where another node has them.
import { expect, it } from 'vitest';
import { emptyInventory } from '../../probe/inventory.ts';
import type { ServiceFact } from '../../probe/kube-facts.ts';
import { diagnose } from '../diagnose.ts';
import { withList } from '../testing/case.ts';
import { known, open } from '../testing/real-pasted-pair.ts';

const service = (externalTrafficPolicy: string): ServiceFact => ({
  namespace: 'default',
  name: 'web',
  type: 'NodePort',
  clusterIps: ['10.96.0.7'],
  externalIps: [],
  loadBalancerIps: [],
  externalName: null,
  ports: [{ name: null, protocol: 'TCP', port: 80, targetPort: '8080', nodePort: 30_080 }],
  hasSelector: true,
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy,
  sessionAffinity: 'None',
});

const endpoint = (address: string, nodeName: string, pod: string) => ({
  ...{ addresses: [address], ready: true, serving: true, terminating: false, hinted: false },
  ...{ nodeName, pod },
});

interface Rules {
  readonly raw?: readonly string[];
  /** Whether what comes back to where it came from is masqueraded. */
  readonly hairpin?: boolean;
}

function saved({ raw = [], hairpin = true }: Rules): string {
  const byPort = '-p tcp -m tcp --dport 30080';
  return [
    ...['iptables-save -c', '*raw', ':PREROUTING ACCEPT [0:0]', ...raw, 'COMMIT'],
    ...['*nat', ':PREROUTING ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', ':POSTROUTING ACCEPT [0:0]'],
    `[0:0] -A PREROUTING ${byPort} -j MARK --set-xmark 0x4000/0x4000`,
    `[0:0] -A PREROUTING ${byPort} -j DNAT --to-destination 10.244.2.2:8080`,
    ...(hairpin
      ? ['[0:0] -A PREROUTING -s 10.244.0.0/16 -d 10.96.0.7/32 -j MARK --set-xmark 0x4000/0x4000']
      : []),
    '[0:0] -A PREROUTING -s 10.244.1.0/24 -d 10.96.0.7/32 -p tcp -j DNAT --to-destination 10.244.1.2:8080',
    '[0:0] -A PREROUTING -d 10.96.0.7/32 -p tcp -j DNAT --to-destination 10.244.2.2:8080',
    '[0:0] -A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE',
    ...['COMMIT', '*filter', ...open, 'COMMIT'],
  ].join('\n');
}

/** Ports of bridges that send back by where it came in. */
const hairpins = (text: string): string => text.replaceAll('hairpin off', 'hairpin on');

/** @param calledB what Kubernetes calls the second node. */
function found(a: Rules, b: Rules, policy = 'Cluster', bridges = hairpins, calledB = 'node-B'): string[] {
  const facts = known(
    [saved(a)],
    bridges,
    (text) => `${bridges(text)}\nroot@node-B:~# ${saved(b)}\nroot@node-B:~# \n`,
  );
  const slice = {
    ...{ namespace: 'default', name: 'web-1', service: 'web' },
    endpoints: [endpoint('10.244.1.2', 'node-A', 'p'), endpoint('10.244.2.2', calledB, 'r')],
    ports: [{ name: null, protocol: 'TCP', port: 8080 }],
  };
  const inventory = withList(
    withList(facts.inventory ?? emptyInventory, 'services', [service(policy)]),
    'endpointSlices',
    [slice],
  );
  const nodes = Object.entries(facts.topology.nodes).map(([id, node]) => [
    id,
    node.label === 'node-B' ? { ...node, kubernetesName: calledB } : node,
  ]);
  const topology = { ...facts.topology, nodes: Object.fromEntries(nodes) as typeof facts.topology.nodes };
  return diagnose({ ...facts, topology, inventory }).findings.map(
    ({ id, where, title }) => `${id} @ ${where.node ?? ''}: ${title}`,
  );
}

const closed = ['[0:0] -A PREROUTING -p tcp -m tcp --dport 30080 -j DROP'];

it('nothing where all may be asked, or none', () => {
  expect(found({}, {})).toEqual([]);
  expect(found({ raw: closed }, { raw: closed })).toEqual([]);
  expect(found({ hairpin: false }, { hairpin: false })).toEqual([]);
});

it('a node’s port that a rule of it closes, while another’s is open', () => {
  expect(found({ raw: closed }, {})).toEqual([
    'unexplained-drop @ node-A: node-B → 10.0.0.1:30080 (Service default/web) stops at node-A: rule 1 of raw PREROUTING drops it',
  ]);
});

it('nothing where whether it gets past a rule is not known, whatever else that rule’s node does with it', () => {
  const byPort = '[0:0] -A PREROUTING -p tcp -m tcp --dport 30080';
  expect(found({ raw: [`${byPort} -j CT --notrack`, `${byPort} -m oddity --odd -j DROP`] }, {})).toEqual([]);
});

it('a Pod that does not come to itself through its Service, while another does', () => {
  expect(found({ hairpin: false }, {})).toEqual([
    'unexplained-drop @ node-A: the answer of 10.244.1.2 → Service default/web stops at p on node-A: nobody waits for it',
  ]);
});

it('the same of a node that the cluster file calls otherwise than Kubernetes does', () => {
  expect(found({}, { hairpin: false }, 'Cluster', hairpins, 'ip-10-0-0-2.internal')).toEqual(
    found({}, { hairpin: false }),
  );
  expect(found({}, { hairpin: false })).toHaveLength(1);
});
