// What detectors look at: the topology by node, with what was read of each, the BGP matrix, and who has which address.
import type { Inventory } from '../probe/inventory.ts';
import type { Section } from '../probe/section.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { bgpMatrix } from '../topology/bgp-matrix.ts';
import type { BgpMatrix } from '../topology/bgp-matrix-model.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { InterfaceEntity, NodeEntity, PodEntity, Route, Topology } from '../topology/model.ts';
import type { Detected, Draft, KnownFacts, Proof } from './detected.ts';

export interface DiagnosedNode {
  readonly entity: NodeEntity;
  readonly label: string;
  readonly snapshot: NodeSnapshot;
  /** Of its own namespace, by name. */
  readonly devices: ReadonlyMap<string, InterfaceEntity>;
  /** Of its own namespace, all tables. */
  readonly routes: readonly Route[];
  /** Living ones on it. */
  readonly pods: readonly PodEntity[];
  readonly ledger: Ledger | null;
}

export interface Cluster {
  readonly known: KnownFacts;
  readonly topology: Topology;
  readonly inventory: Inventory | null;
  /** Living ones that were read, by label. */
  readonly nodes: readonly DiagnosedNode[];
  readonly bgp: BgpMatrix;
  /** Living Pods of all nodes, those on the host's network left out. */
  readonly pods: readonly PodEntity[];
  node(label: string): DiagnosedNode | null;
  /** A node's own address; several where several have it. */
  nodesAt(address: string): readonly DiagnosedNode[];
}

export function clusterOf(known: KnownFacts): Cluster {
  const { topology, readings, inventory, ledgers } = known;
  const pods = Object.values(topology.pods).filter(({ until }) => until === null);
  const devices = new Map<string, Map<string, InterfaceEntity>>();
  for (const one of Object.values(topology.interfaces)) {
    if (one.until !== null) continue;
    const inside = devices.get(one.netnsId) ?? new Map<string, InterfaceEntity>();
    devices.set(one.netnsId, inside.set(one.name, one));
  }
  const nodes = Object.values(topology.nodes)
    .flatMap((entity): DiagnosedNode[] => {
      const snapshot = readings.get(entity.label)?.snapshot;
      if (entity.until !== null || snapshot === undefined) return [];
      return [
        {
          entity,
          label: entity.label,
          snapshot,
          devices: devices.get(entity.rootNetns) ?? new Map(),
          routes: topology.forwarding[entity.rootNetns]?.routes ?? [],
          pods: pods.filter(({ nodeId }) => nodeId === entity.id),
          ledger: ledgers.get(entity.label) ?? null,
        },
      ];
    })
    .sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true }));
  const byLabel = new Map(nodes.map((node) => [node.label, node]));
  const byAddress = new Map<string, DiagnosedNode[]>();
  for (const node of nodes)
    for (const address of node.entity.addresses)
      byAddress.set(address, [...(byAddress.get(address) ?? []), node]);
  return {
    known,
    topology,
    inventory,
    nodes,
    bgp: bgpMatrix(topology, readings, inventory),
    pods: pods.filter(({ hostNetwork }) => !hostNetwork),
    node: (label) => byLabel.get(label) ?? null,
    nodesAt: (address) => byAddress.get(address) ?? [],
  };
}

/** As an operator names it. */
export function podName({ namespace, name }: PodEntity): string {
  return namespace === null ? name : `${namespace}/${name}`;
}

/** Lines of a section, or of Kubernetes' list of a kind, that show something. */
export function proof(
  source: { readonly evidence: readonly string[] } | null | undefined,
  ...shows: string[]
): Proof[] {
  return (source?.evidence ?? []).map((id) => ({ id, shows }));
}

/** Looks at every node of which `facts` were read; the others are told of. `what`: as a sentence calls them. */
export function onEachNode<T>(
  { nodes }: Pick<Cluster, 'nodes'>,
  what: string,
  facts: (node: DiagnosedNode) => Section<T> | null,
  look: (node: DiagnosedNode, value: T) => readonly Draft[],
): Detected {
  const unread: string[] = [];
  const drafts: Draft[] = [];
  let looked = false;
  for (const node of nodes) {
    const section = facts(node);
    const value = section?.value ?? null;
    if (value === null) {
      unread.push(node.label);
      continue;
    }
    looked = true;
    drafts.push(...look(node, value));
  }
  const why = nodes.map(facts).find((section) => section !== null && section.value === null)?.sentence;
  const skipped =
    unread.length === 0
      ? null
      : `The ${what} of ${unread.join(', ')} were not read${why === null || why === undefined ? '' : `: ${why}`}`;
  return { drafts, skipped: skipped?.replace(/\.?$/, '.') ?? null, looked };
}

/** Of a detector that looks at what is there for all nodes at once. */
export function everywhere(drafts: readonly Draft[], skipped: string | null = null): Detected {
  return { drafts, skipped, looked: skipped === null || drafts.length > 0 };
}
