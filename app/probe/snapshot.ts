// One node as one discovery read it. A part that was not asked for is null; a part that could not be read says why.
import type {
  BirdReading,
  EvidenceHead,
  EvidenceId,
  Link,
  LinkAddresses,
  NamespaceIds,
  Neighbour,
  NetnsListing,
  NodeTime,
  PolicyRule,
  RemoteNetns,
  Route,
} from './facts.ts';

/** One section of the discovery output. `value` may hold a part of the truth beside a state that is not `ok`. */
export interface Section<T> {
  readonly state: EvidenceHead['state'];
  readonly evidence: readonly EvidenceId[];
  readonly at: NodeTime | null;
  readonly value: T | null;
  /** What is not known and why; null when `state` is ok. */
  readonly sentence: string | null;
}

export interface NodeMeta {
  readonly bootId: string;
  readonly hostname: string;
  readonly kernel: string;
  readonly uid: number;
  /** Inode of the namespace we are logged in to; null when /proc does not show it. */
  readonly rootInode: number | null;
  /** Names of the tools that `command -v` found. */
  readonly tools: readonly string[];
}

export interface NodeFacts {
  readonly links: Section<readonly Link[]> | null;
  readonly addresses: Section<readonly LinkAddresses[]> | null;
  readonly routes4: Section<readonly Route[]> | null;
  readonly routes6: Section<readonly Route[]> | null;
  readonly rules4: Section<readonly PolicyRule[]> | null;
  readonly rules6: Section<readonly PolicyRule[]> | null;
  readonly neighbours: Section<readonly Neighbour[]> | null;
  readonly nsids: Section<NamespaceIds> | null;
  readonly netns: Section<NetnsListing> | null;
  readonly pods: Section<readonly RemoteNetns[]> | null;
  readonly bird: Section<BirdReading> | null;
}

export interface NodeSnapshot extends NodeFacts {
  readonly nodeLabel: string;
  /** When we received it, ms since the epoch by our clock. */
  readonly seenAt: number;
  /** The node's time when the script began; taken from `seenAt` when the node's `date` says nothing. */
  readonly at: NodeTime;
  readonly meta: NodeMeta;
  readonly evidence: readonly EvidenceHead[];
  /** Byte ranges of the output that was parsed, a line of evidence each (stdout first, then stderr). */
  readonly outputs: readonly { readonly evidenceId: EvidenceId; readonly start: number; readonly end: number }[];
}

/**
 * A cheap re-read laid over what was known: parts that `newer` did not ask for stay as they were.
 * After a reboot nothing stays. `outputs` are those of `newer` alone.
 */
export function mergeSnapshots(older: NodeSnapshot, newer: NodeSnapshot): NodeSnapshot {
  if (older.meta.bootId !== newer.meta.bootId) return newer;
  const heads = new Map(older.evidence.map((head) => [head.id, head]));
  // A part that was read again replaces its evidence as a whole: sockets of BIRD come and go.
  for (const name of FACT_NAMES) {
    if (newer[name] !== null) for (const id of older[name]?.evidence ?? []) heads.delete(id);
  }
  for (const head of newer.evidence) heads.set(head.id, head);
  return {
    ...newer,
    links: newer.links ?? older.links,
    addresses: newer.addresses ?? older.addresses,
    routes4: newer.routes4 ?? older.routes4,
    routes6: newer.routes6 ?? older.routes6,
    rules4: newer.rules4 ?? older.rules4,
    rules6: newer.rules6 ?? older.rules6,
    neighbours: newer.neighbours ?? older.neighbours,
    nsids: newer.nsids ?? older.nsids,
    netns: newer.netns ?? older.netns,
    pods: newer.pods ?? older.pods,
    bird: newer.bird ?? older.bird,
    evidence: [...heads.values()],
  };
}

export const FACT_NAMES = [
  'links',
  'addresses',
  'routes4',
  'routes6',
  'rules4',
  'rules6',
  'neighbours',
  'nsids',
  'netns',
  'pods',
  'bird',
] as const satisfies readonly (keyof NodeFacts)[];
