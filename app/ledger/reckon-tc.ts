// What tc drops at interfaces: queues (net/sched/sch_*.c) what they have no room for, filters at the hooks ingress and egress what they are
// told to. A hook counts what its filters drop, eBPF's included (net/core/dev.c tc_run); which of them it was, their own actions count.
import type { CountersReading, QdiscCounters } from '../probe/counter-facts.ts';
import { rise } from './counter-rise.ts';
import type { DropEntry } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';

/** How the counters of a queue end by name. */
export const dropped = ' dropped';
export const letOut = ' let out';

/** A queue of that kind queues nothing: it is where filters stand. */
export function isHook(kind: string): boolean {
  return kind === 'clsact' || kind === 'ingress';
}

export function reckonTc(before: CountersReading, after: CountersReading): DropEntry[] {
  const [older, newer] = [countsOf(before), countsOf(after)];
  const byFilters = risesOf(older, newer).flatMap(({ name, device, packets }) =>
    told('tc-filter', device, packets, `tc filter ${name}`),
  );
  const named = (device: string): number =>
    byFilters.reduce((sum, entry) => sum + (entry.device === device ? entry.packets : 0), 0);
  const byQueues = after.qdiscs.flatMap((qdisc) => {
    const old = before.qdiscs.find((one) => isSame(one, qdisc));
    const { device, kind, handle, root } = qdisc;
    const hooks = isHook(kind);
    // Classes are counted in their root.
    if (old === undefined || !(root || hooks)) return [];
    const packets = rise(old.dropped, qdisc.dropped) - (hooks ? named(device) : 0);
    const name = `${device} ${kind} ${handle}`;
    // What a filter that came or went meanwhile dropped is counted here alone, and is no program's.
    if (hooks)
      return haveSame(device, older, newer) ? told('tc-program', device, packets, `${name}${dropped}`) : [];
    const out = old.sent === undefined || qdisc.sent === undefined ? null : rise(old.sent, qdisc.sent);
    return told('qdisc', device, packets, `${name}${dropped}`).map((entry) =>
      out === null
        ? entry
        : { ...entry, proof: [...entry.proof, { counter: `${name}${letOut}`, rise: out }] },
    );
  });
  return [...byFilters, ...byQueues];
}

function told(reason: DropReason, device: string, packets: number, counter: string): DropEntry[] {
  return packets <= 0
    ? []
    : [{ reason, namespace: null, device, packets, proof: [{ counter, rise: packets }] }];
}

function isSame(one: QdiscCounters, other: QdiscCounters): boolean {
  return (
    one.device === other.device &&
    one.handle === other.handle &&
    one.kind === other.kind &&
    one.root === other.root
  );
}

interface Counted {
  /** `eth0 ingress 10 ip u32 drop`. */
  readonly name: string;
  readonly device: string;
  readonly packets: number;
  /** Those that nothing tells apart count together: so many are there. */
  readonly number: number;
}

type Counts = ReadonlyMap<string, Counted>;

/** By name and handle: one that is put in another's place would else seem to count on, or anew. */
function countsOf({ tc }: CountersReading): Counts {
  const counts = new Map<string, Counted>();
  for (const { device, direction, pref, protocol, kind, does, dropped: own, handle } of tc?.filters ?? []) {
    if (own === null) continue;
    const name = `${device} ${direction} ${String(pref)} ${protocol} ${kind} ${does}`;
    const key = `${name} ${handle ?? ''}`;
    const { packets, number } = counts.get(key) ?? { packets: 0, number: 0 };
    counts.set(key, { name, device, packets: packets + own, number: number + 1 });
  }
  return counts;
}

/** By name; of those that were there in both samples, and as many. */
function risesOf(older: Counts, newer: Counts): Omit<Counted, 'number'>[] {
  const rises = new Map<string, Omit<Counted, 'number'>>();
  for (const [key, { name, device, packets, number }] of newer) {
    const before = older.get(key);
    if (before?.number !== number) continue;
    const sum = (rises.get(name)?.packets ?? 0) + rise(before.packets, packets);
    rises.set(name, { name, device, packets: sum });
  }
  return [...rises.values()];
}

function haveSame(device: string, ...[older, newer]: readonly [Counts, Counts]): boolean {
  const own = (counts: Counts): string[] =>
    [...counts].flatMap(([key, one]) => (one.device === device ? [`${key} ${String(one.number)}`] : []));
  const before = new Set(own(older));
  const after = own(newer);
  return after.length === before.size && after.every((one) => before.has(one));
}
