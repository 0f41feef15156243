// What is read of one network namespace as it looks from within, a node's own or a Pod's.
import type {
  EvidenceId,
  ForwardingEntry,
  Link,
  LinkAddresses,
  Neighbour,
  NodeTime,
  PolicyRule,
  Route,
} from './facts.ts';
import type { FirewallReading } from './firewall-facts.ts';
import type { Section } from './section.ts';
import type { CutSockets, ListeningSocket, UnansweredConnection } from './settings-facts.ts';

export interface IpFacts {
  readonly links: Section<readonly Link[]> | null;
  readonly addresses: Section<readonly LinkAddresses[]> | null;
  readonly routes4: Section<readonly Route[]> | null;
  readonly routes6: Section<readonly Route[]> | null;
  readonly rules4: Section<readonly PolicyRule[]> | null;
  readonly rules6: Section<readonly PolicyRule[]> | null;
  readonly neighbours: Section<readonly Neighbour[]> | null;
  readonly fdb: Section<readonly ForwardingEntry[]> | null;
}

export interface NamespaceInside extends IpFacts {
  /** The process through which it was read, and what tells its namespace from an earlier one of the same number. */
  readonly pid: number;
  readonly inode: number;
  readonly startTicks: number;
  /** By path below /proc/sys/net. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** Null where they were not read. */
  readonly sockets: readonly ListeningSocket[] | null;
  readonly socketsCut: readonly CutSockets[];
  /** Whom its programs ask for names (resolv.conf); left out: not read. */
  readonly nameservers?: readonly string[];
  /** Null where nobody asked. */
  readonly filters: Section<FirewallReading> | null;
  readonly unanswered: readonly UnansweredConnection[];
  readonly at: NodeTime | null;
  readonly evidence: readonly EvidenceId[];
  /** What is not known of it, and why. */
  readonly sentence: string | null;
}

/** A process that could not be looked into, and why; one that has ended is not there. */
export interface UnreadInside {
  readonly pid: number;
  readonly sentence: string;
}

export interface InsidesReading {
  readonly read: readonly NamespaceInside[];
  readonly unread: readonly UnreadInside[];
}
