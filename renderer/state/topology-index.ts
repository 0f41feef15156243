// Lookups that several views need, computed once per topology object.
import type {
  BgpSession,
  EvidenceHead,
  InterfaceEntity,
  NodeEntity,
  PodEntity,
  Topology,
} from '../../app/topology/model.ts';

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

const indexes = new WeakMap<Topology, TopologyIndex>();

export function indexOf(topology: Topology): TopologyIndex {
  const known = indexes.get(topology);
  if (known !== undefined) return known;
  const index = buildIndex(topology);
  indexes.set(topology, index);
  return index;
}

const collator = new Intl.Collator('en', { numeric: true });

function buildIndex(topology: Topology): TopologyIndex {
  const nodes = living(topology.nodes).toSorted((a, b) => collator.compare(a.label, b.label));
  const nodeIds = new Set(nodes.map((node) => node.id));
  const pods = living(topology.pods).toSorted(
    (a, b) => collator.compare(a.namespace ?? '', b.namespace ?? '') || collator.compare(a.name, b.name),
  );
  const homed = (pod: PodEntity): boolean => pod.nodeId !== null && nodeIds.has(pod.nodeId);
  return {
    nodes,
    nodeByLabel: new Map(nodes.map((node) => [node.label, node])),
    podsOf: groupBy(pods.filter(homed), (pod) => pod.nodeId ?? ''),
    homelessPods: pods.filter((pod) => !homed(pod)),
    interfacesOf: groupBy(
      living(topology.interfaces).toSorted((a, b) => a.ifindex - b.ifindex),
      (each) => each.netnsId,
    ),
    bgpOf: groupBy(
      living(topology.bgp).toSorted((a, b) => collator.compare(a.name, b.name)),
      (session) => session.nodeId,
    ),
  };
}

function living<T extends { readonly until: unknown }>(table: Readonly<Record<string, T>>): T[] {
  return Object.values(table).filter((entity) => entity.until === null);
}

export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** The heads that the topology still keeps of some evidence ids, without repeats, in order. */
export function evidenceOf(topology: Topology, ids: Iterable<string>): EvidenceHead[] {
  return [...new Set(ids)].flatMap((id) => topology.evidence[id] ?? []);
}
