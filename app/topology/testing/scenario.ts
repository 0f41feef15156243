// For tests: one node with the demo Pod on it, and what to do with it in a line.
import { applyList, emptyInventory, type Inventory } from '../../probe/inventory.ts';
import type { KubeNodeFact, PodFact } from '../../probe/kube-facts.ts';
import { buildTopology, emptyTopology } from '../build.ts';
import type { TopologyInput } from '../input.ts';
import type { Topology } from '../model.ts';
import { inputOf, type SyntheticNode, type SyntheticPod } from './synthetic-node.ts';

export const demo: SyntheticPod = {
  inode: 100,
  nsid: 1,
  pid: 50,
  startTicks: 7,
  ip: '192.168.1.2',
  ifindex: 3,
  hostIfindex: 4,
  hostName: 'calid9d486e54a8',
  mac: '02:00:00:00:00:aa',
};
export const fact = (extra: Partial<PodFact> = {}): PodFact => ({
  uid: 'u1',
  namespace: 'default',
  name: 'c2c-network-demo',
  nodeName: 'a',
  ips: ['192.168.1.2'],
  phase: 'Running',
  ready: { containers: 1, ready: 1 },
  hostNetwork: false,
  terminating: false,
  createdAt: 900,
  networks: [],
  labels: {},
  moreLabels: 0,
  ...extra,
});
export const kubeNode = (name: string, ...addresses: string[]): KubeNodeFact => ({
  name,
  addresses,
  bootId: null,
  podCidrs: [],
  labels: {},
  annotations: {},
});
export const inventoryOf = (...pods: PodFact[]): Inventory => {
  const list = { resourceVersion: '1', next: null, unread: { count: 0, first: null } };
  const nodes = [kubeNode('a', '10.0.0.1')];
  return applyList(applyList(emptyInventory, [{ ...list, kind: 'nodes', facts: nodes }]), [
    { ...list, kind: 'pods', facts: pods },
  ]);
};
export const build = (
  nodes: readonly SyntheticNode[],
  extra: Partial<TopologyInput> = {},
  previous = emptyTopology('test'),
): Topology => buildTopology(previous, inputOf(nodes, extra));
export const a = (at: number, extra: Partial<SyntheticNode> = {}): SyntheticNode => ({
  label: 'a',
  at,
  pods: [demo],
  ...extra,
});
export const sentences = ({ events }: Topology, after = 0): string[] =>
  events.slice(after).map(({ sentence }) => sentence);
export const node = ({ nodes }: Topology, label: string) =>
  Object.values(nodes).find((one) => one.label === label && one.until === null);
