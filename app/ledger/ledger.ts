// What a node dropped since we are connected: sample after sample, kept as what they came to. Bounded in number and in time.
import type { CountersReading } from '../probe/counter-facts.ts';
import type { NodeTime } from '../probe/facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { isBefore } from '../topology/identity.ts';
import { carriedTraffic, type CarriedTraffic } from './carried-traffic.ts';
import type { DropContext } from './drop-context.ts';
import type { DropEntry } from './drop-entry.ts';
import { reckonDrops } from './reckon-drops.ts';
import { decideSilent, noSilence, type Silence } from './silent-drops.ts';

export interface LedgerInterval {
  readonly from: NodeTime;
  readonly to: NodeTime;
  readonly entries: readonly DropEntry[];
  readonly traffic: CarriedTraffic;
}

export interface DropTotal {
  readonly entry: DropEntry;
  readonly packets: number;
  readonly lastAt: NodeTime;
}

export interface Ledger {
  readonly bootId: string;
  readonly last: { readonly at: NodeTime; readonly reading: CountersReading };
  /** When counting began; later than the connection where the node was booted since. */
  readonly since: NodeTime;
  /** Oldest first. */
  readonly intervals: readonly LedgerInterval[];
  /** Since then, by `entryKey`. */
  readonly totals: ReadonlyMap<string, DropTotal>;
  /** Entries that found no place. */
  readonly beyond: number;
  readonly silence: Silence;
}

/** Ten minutes of a sample every two seconds. */
const MOST_INTERVALS = 300;
const MOST_ENTRIES = 500;
const MOST_TOTALS = 2000;

export function entryKey({ namespace, reason, device }: DropEntry): string {
  return `${String(namespace ?? 'node')} ${reason} ${device ?? ''}`;
}

/** Goes on from `before` with what this snapshot read of the counters; unchanged when it read none. */
export function nextLedger(
  before: Ledger | null,
  snapshot: NodeSnapshot,
  context: DropContext,
): Ledger | null {
  const reading = snapshot.counters?.value ?? null;
  const at = snapshot.counters?.at ?? snapshot.at;
  if (reading === null) return before;
  const { bootId } = snapshot.meta;
  const last = { at, reading };
  // A reboot began every counter anew; a clock that was set back begins a new ledger, too.
  if (before === null || before.bootId !== bootId || isBefore(at, before.last.at))
    return { bootId, last, since: at, intervals: [], totals: new Map(), beyond: 0, silence: noSilence };
  if (!isBefore(before.last.at, at)) return before;
  const { drops, silent, multicast } = reckonDrops(before.last.reading, reading, context);
  const decided = decideSilent(before.silence, silent, multicast);
  const all = merged([...drops, ...decided.entries]);
  const entries = all.slice(0, MOST_ENTRIES);
  const totals = new Map(before.totals);
  let beyond = before.beyond + all.length - entries.length;
  for (const entry of entries) {
    const key = entryKey(entry);
    const old = totals.get(key);
    if (old === undefined && totals.size >= MOST_TOTALS) beyond += 1;
    else totals.set(key, { entry, packets: (old?.packets ?? 0) + entry.packets, lastAt: at });
  }
  const traffic = carriedTraffic(before.last.reading, reading, context);
  const interval = { from: before.last.at, to: at, entries, traffic };
  return {
    bootId,
    last,
    since: before.since,
    intervals: [...before.intervals, interval].slice(-MOST_INTERVALS),
    totals,
    beyond,
    silence: decided.silence,
  };
}

/** One entry for a reason of a place; most packets first. */
function merged(entries: readonly DropEntry[]): DropEntry[] {
  const byKey = new Map<string, DropEntry>();
  for (const entry of entries) {
    const old = byKey.get(entryKey(entry));
    byKey.set(
      entryKey(entry),
      old === undefined
        ? entry
        : { ...entry, packets: old.packets + entry.packets, proof: [...old.proof, ...entry.proof] },
    );
  }
  return [...byKey.values()].toSorted((a, b) => b.packets - a.packets);
}
