// Lookups that several views need, computed once a table.
import { grouped } from '../../app/grouped.ts';
import type {
  BgpSession,
  EvidenceHead,
  InterfaceEntity,
  NodeEntity,
  PodEntity,
  Topology,
} from '../../app/topology/model.ts';
import { byName, oncePer } from './once-per.ts';

export interface TopologyIndex {
  /** Living nodes, in the order of their labels. */
  readonly nodes: readonly NodeEntity[];
  readonly nodeByLabel: ReadonlyMap<string, NodeEntity>;
  /** Living Pods of a node, by namespace and name. */
  readonly podsOf: ReadonlyMap<string, readonly PodEntity[]>;
  /** Living Pods that no node holds (yet). */
  readonly homelessPods: readonly PodEntity[];
  /** Living interfaces of a network namespace, by ifindex. */
  readonly interfacesOf: ReadonlyMap<string, readonly InterfaceEntity[]>;
  /** Living BGP sessions of a node, by name. */
  readonly bgpOf: ReadonlyMap<string, readonly BgpSession[]>;
}

const livingNodes = oncePer((table: Topology['nodes']) => {
  const nodes = living(table).toSorted((a, b) => byName.compare(a.label, b.label));
  return { nodes, nodeByLabel: new Map(nodes.map((node) => [node.label, node])) };
});

const livingPods = oncePer((table: Topology['pods']) =>
  living(table).toSorted(
    (a, b) => byName.compare(a.namespace ?? '', b.namespace ?? '') || byName.compare(a.name, b.name),
  ),
);

const homesOfPods = oncePer((nodes: Topology['nodes']) =>
  oncePer((table: Topology['pods']) => {
    const homed = ({ nodeId }: PodEntity): boolean => nodeId !== null && nodes[nodeId]?.until === null;
    const pods = livingPods(table);
    return {
      podsOf: grouped(pods.filter(homed), (pod) => pod.nodeId ?? ''),
      homelessPods: pods.filter((pod) => !homed(pod)),
    };
  }),
);

const interfacesByNetns = oncePer((table: Topology['interfaces']) =>
  grouped(
    living(table).toSorted((a, b) => a.ifindex - b.ifindex),
    (each) => each.netnsId,
  ),
);

const bgpByNode = oncePer((table: Topology['bgp']) =>
  grouped(
    living(table).toSorted((a, b) => byName.compare(a.name, b.name)),
    (session) => session.nodeId,
  ),
);

export const indexOf: (topology: Topology) => TopologyIndex = oncePer((topology) => ({
  ...livingNodes(topology.nodes),
  ...homesOfPods(topology.nodes)(topology.pods),
  interfacesOf: interfacesByNetns(topology.interfaces),
  bgpOf: bgpByNode(topology.bgp),
}));

/** Null: it is no Pod's. One whose namespace nobody saw goes by its own id (app/trace/namespaces.ts). */
export function podOfNamespace({ netns, pods }: Pick<Topology, 'netns' | 'pods'>, id: string): string | null {
  return netns[id]?.podId ?? (pods[id] === undefined ? null : id);
}

function living<T extends { readonly until: unknown }>(table: Readonly<Record<string, T>>): T[] {
  return Object.values(table).filter((entity) => entity.until === null);
}

/** The heads that are still kept of some evidence ids, without repeats, in order. */
export function evidenceOf(evidence: Topology['evidence'], ids: Iterable<string>): EvidenceHead[] {
  return [...new Set(ids)].flatMap((id) => evidence[id] ?? []);
}
