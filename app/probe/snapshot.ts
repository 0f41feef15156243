// One node as one discovery read it. A part that was not asked for is null; a part that could not be read says why.
import type { CountersReading } from './counter-facts.ts';
import type {
  BirdReading,
  CniSigns,
  EvidenceHead,
  EvidenceId,
  NamespaceIds,
  NetnsListing,
  NodeTime,
  RemoteNetns,
} from './facts.ts';
import type { DaemonLogs } from './daemon-logs.ts';
import type { KernelLog } from './kernel-log.ts';
import type { FirewallReading } from './firewall-facts.ts';
import type { InsidesReading, IpFacts } from './inside-facts.ts';
import type { ReadingCost } from './reading-cost.ts';
import type { Section } from './section.ts';
import type { SettingsReading } from './settings-facts.ts';
import type { TrackedFlows } from './tracked.ts';

export type { Section } from './section.ts';

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

export interface NodeFacts extends IpFacts {
  readonly nsids: Section<NamespaceIds> | null;
  readonly netns: Section<NetnsListing> | null;
  readonly pods: Section<readonly RemoteNetns[]> | null;
  readonly bird: Section<BirdReading> | null;
  readonly counters: Section<CountersReading> | null;
  readonly settings: Section<SettingsReading> | null;
  readonly cost: Section<ReadingCost> | null;
  readonly firewall: Section<FirewallReading> | null;
  readonly cni: Section<CniSigns> | null;
  readonly kernelLog: Section<KernelLog> | null;
  readonly logs: Section<DaemonLogs> | null;
  /** Of those processes that somebody looks at; whoever is not asked for any more is not there. */
  readonly insides: Section<InsidesReading> | null;
  /** Connections of UDP to Services, as the last diagnosis found them. */
  readonly tracked: Section<TrackedFlows> | null;
}

export interface NodeSnapshot extends NodeFacts {
  readonly nodeLabel: string;
  /** When we received it, ms since the epoch by our clock. */
  readonly seenAt: number;
  /** The node's time when the script began; taken from `seenAt` when the node's `date` says nothing. */
  readonly at: NodeTime;
  readonly meta: NodeMeta;
  /** A sentence when the output ended before its time: parts that are null may have been asked for. */
  readonly cutOff: string | null;
  readonly evidence: readonly EvidenceHead[];
  /** Byte ranges of the output that was parsed, a line of evidence each (stdout first, then stderr). */
  readonly outputs: readonly {
    readonly evidenceId: EvidenceId;
    readonly start: number;
    readonly end: number;
  }[];
}

/**
 * A cheap re-read laid over what was known: parts that `newer` did not ask for stay as they were.
 * A read that failed keeps the last known value, and says so. After a reboot nothing stays. `outputs` are those of `newer` alone, and so
 * is `cutOff`: after an answer that was cut off, the next one is to be asked for all its parts again.
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
    // Each part laid over its own: TypeScript cannot say so of a loop over names.
    ...(Object.fromEntries(
      FACT_NAMES.map((name) => [name, laidOver<unknown>(older[name], newer[name])]),
    ) as unknown as NodeFacts),
    evidence: [...heads.values()],
  };
}

function laidOver<T>(older: Section<T> | null, newer: Section<T> | null): Section<T> | null {
  if (newer === null || older === null) return newer ?? older;
  const failed = newer.state === 'failed' || newer.state === 'timeout' || newer.state === 'truncated';
  // The value is as old as it was: what ended since then is not there.
  return failed && newer.value === null ? { ...newer, value: older.value, at: older.at } : newer;
}

export const FACT_NAMES = [
  'links',
  'addresses',
  'routes4',
  'routes6',
  'rules4',
  'rules6',
  'neighbours',
  'fdb',
  'nsids',
  'netns',
  'pods',
  'bird',
  'counters',
  'settings',
  'cost',
  'firewall',
  'cni',
  'kernelLog',
  'logs',
  'insides',
  'tracked',
] as const satisfies readonly (keyof NodeFacts)[];
