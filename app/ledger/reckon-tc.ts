// What tc drops at interfaces: queues (net/sched/sch_*.c) what they have no room for, filters at the hooks ingress and egress what they are
// told to. A hook counts what its filters drop, eBPF's included (net/core/dev.c tc_run); which of them it was, their own actions count.
import type { CountersReading, QdiscCounters } from '../probe/counter-facts.ts';
import { rise } from './counter-rise.ts';
import type { DropEntry } from './drop-entry.ts';
import type { DropReason } from './drop-reasons.ts';

/** How the counters of a queue end by name. */
export const dropped = ' dropped';
export const letOut = ' let out';

const HOOKS: ReadonlySet<string> = new Set(['clsact', 'ingress']);

export function reckonTc(before: CountersReading, after: CountersReading): DropEntry[] {
  const older = countsOf(before);
  const byFilters = [...countsOf(after)].flatMap(([key, { device, packets }]) =>
    told('tc-filter', device, rise(older.get(key)?.packets ?? packets, packets), `tc filter ${key}`),
  );
  const named = (device: string): number =>
    byFilters.reduce((sum, entry) => sum + (entry.device === device ? entry.packets : 0), 0);
  const byQueues = after.qdiscs.flatMap((qdisc) => {
    const old = before.qdiscs.find((one) => isSame(one, qdisc));
    const { device, kind, handle, root } = qdisc;
    const isHook = HOOKS.has(kind);
    // Classes are counted in their root.
    if (old === undefined || !(root || isHook)) return [];
    const packets = rise(old.dropped, qdisc.dropped) - (isHook ? named(device) : 0);
    const name = `${device} ${kind} ${handle}`;
    if (isHook) return told('tc-program', device, packets, `${name}${dropped}`);
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

/** By `eth0 ingress 10 ip u32 drop`: of filters that are told alike, all of them. */
function countsOf({
  tc,
}: CountersReading): Map<string, { readonly device: string; readonly packets: number }> {
  const counts = new Map<string, { device: string; packets: number }>();
  for (const { device, direction, pref, protocol, kind, does, dropped: own } of tc?.filters ?? []) {
    const key = `${device} ${direction} ${String(pref)} ${protocol} ${kind} ${does}`;
    if (own !== null) counts.set(key, { device, packets: (counts.get(key)?.packets ?? 0) + own });
  }
  return counts;
}
