// One network namespace as a trace passes through it: everything there that decides a packet's fate, and what of it was not read.
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { ForwardingEntry, Link, Neighbour } from '../probe/facts.ts';
import type { ListeningSocket } from '../probe/settings-facts.ts';
import type { Fib } from '../route/fib.ts';
import type { EvidenceId, InterfaceEntity, NetnsId, NodeId } from '../topology/model.ts';

/** What was not read is null: nobody takes it for empty. */
export interface TracedNamespace {
  readonly netnsId: NetnsId;
  readonly nodeId: NodeId;
  readonly nodeLabel: string;
  /** As a sentence names it: `k8s-worker-1`, `web-1 on k8s-worker-1`. */
  readonly name: string;
  readonly isPod: boolean;
  /** A process in it, by which one enters it (`nsenter -t PID -n`); null: the node's own, or none that is known. */
  readonly pid: number | null;
  readonly fib: { readonly 4: Fib | null; readonly 6: Fib | null };
  /** Why others may be missing of the routes of a family, a sentence; left out: none are. */
  readonly routesMissing?: { readonly 4: string | null; readonly 6: string | null };
  /** Living ones, by name. */
  readonly devices: ReadonlyMap<string, InterfaceEntity>;
  /** Of its devices by name, what only their own tools tell; left out: it was not read. */
  readonly links?: ReadonlyMap<string, Link>;
  readonly neighbours: readonly Neighbour[] | null;
  readonly fdb: readonly ForwardingEntry[] | null;
  /** By path below /proc/sys/net. */
  readonly sysctls: ReadonlyMap<string, string> | null;
  readonly filters: FirewallReading | null;
  /** Seconds since the epoch by the node's clock, when these were read; left out: not known. */
  readonly filtersAt?: number;
  readonly sockets: readonly ListeningSocket[] | null;
  /** Protocols of which not all sockets were listed; left out: none. */
  readonly socketsCut?: readonly ListeningSocket['protocol'][];
  /** Why something is null, a sentence each. */
  readonly unread: readonly string[];
  /** Of each kind of fact: `routes4`, `neighbours`, `firewall`, `settings`, `links`, `fdb` … */
  readonly evidence: ReadonlyMap<string, EvidenceId>;
}

/** Whether others may be missing of the routes that are known of a family. */
export function isPart({ routesMissing }: Pick<TracedNamespace, 'routesMissing'>, family: 4 | 6): boolean {
  return (routesMissing?.[family] ?? null) !== null;
}
