// What trails come to: how many of each verdict, where they were dropped, how long they took between two visits, by connection. Each trail
// counts as it was told last.
import { LatencyHistogram } from './latency-histogram.ts';
import { verdicts, type Trail, type TrailSighting, type Verdict } from './model.ts';

export type VerdictCounts = Record<Verdict, number>;

export interface DropCount {
  readonly after: number;
  readonly before: number | null;
  readonly because: string | null;
  readonly count: number;
}

export interface EndCount {
  readonly verdict: Verdict;
  /** Visit where it was seen last. */
  readonly at: number;
  readonly count: number;
}

export interface HopLatency {
  readonly from: number;
  readonly to: number;
  /** Packets that these times are of: since the clocks are known as well as that. */
  readonly count: number;
  /** ns; null: between nodes whose clocks nobody can compare. */
  readonly p50: number | null;
  readonly p95: number | null;
  /** How far off any of them may be, ns; null: nobody knows. */
  readonly plusMinus: number | null;
}

export interface ConnectionHop {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Those of them that were timed: none between nodes whose clocks nobody can compare. */
  readonly timed: number;
  /** Of those, ns. */
  readonly sum: number;
  /** By which the sum may be off, ns. */
  readonly sumPlusMinus: number;
}

export interface ConnectionTotals {
  readonly connection: number;
  /** As its first trail was seen first. */
  readonly flow: number;
  readonly counts: Readonly<VerdictCounts>;
  readonly bytes: number;
  /** Between one place and the next, of its trails that are final. */
  readonly hops: readonly ConnectionHop[];
  /** Session time of its first and last trail, ns. */
  readonly first: number;
  readonly last: number;
}

/** Places and hops that are told apart; somebody may invent interfaces. */
const MOST_PLACES = 10_000;
/** Of those, the most frequent. */
const MOST_PLACES_TOLD = 500;
/** Connections kept, those that were seen last. */
const MOST_CONNECTIONS = 20_000;

const MUCH_BETTER = 4;

/** More than any way has. */
const MOST_CONNECTION_HOPS = 24;

/** Null: nobody knows. */
export type LatencyOf = (
  from: TrailSighting,
  to: TrailSighting,
) => { readonly ns: number; readonly plusMinusNs: number } | null;

export interface TotalsContext {
  /** What a packet took between two sightings. */
  readonly latency: LatencyOf;
  /** The connection that another one is a part of by now, or itself. */
  readonly connectionOf: (connection: number) => number;
  /** Whose clock a visit's packets have. */
  readonly nodeOf: (visit: number) => number | null;
}

interface Hop {
  /** Of both nodes, in the order of their numbers. */
  readonly clocks: string;
  histogram: LatencyHistogram;
  plusMinus: number | null;
}

interface Counted {
  readonly verdict: Verdict;
  readonly connection: number;
  /** Visit at which it ended; null: it has not yet, as far as is sure. */
  readonly at: number | null;
}

interface Connection extends ConnectionTotals {
  counts: VerdictCounts;
  bytes: number;
  hops: { -readonly [K in keyof ConnectionHop]: ConnectionHop[K] }[];
  first: number;
  last: number;
}

export class TrailTotals {
  readonly counts = noVerdicts();
  readonly #drops = new Map<string, { -readonly [K in keyof DropCount]: DropCount[K] }>();
  readonly #ends = new Map<string, { -readonly [K in keyof EndCount]: EndCount[K] }>();
  readonly #hops = new Map<number, Hop>();
  readonly #context: TotalsContext;
  readonly #connections = new Map<number, Connection>();
  /** Of trails that may change, what they count as. */
  readonly #open = new Map<number, Counted>();

  constructor(context: TotalsContext) {
    this.#context = context;
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    const part = this.#connections.get(other);
    if (part === undefined) return;
    this.#connections.delete(other);
    const known = this.#connections.get(connection);
    if (known === undefined) this.#connections.set(connection, { ...part, connection });
    else merge(known, part);
  }

  add(trail: Trail): void {
    const before = this.#open.get(trail.id);
    if (before !== undefined) this.#count(before, -1);
    this.#open.delete(trail.id);
    if (trail.verdict === 'withdrawn') return;
    const { verdict, connection, stop, sightings } = trail;
    const isEnd = trail.final || verdict === 'delivered';
    const at = isEnd ? (stop?.after ?? sightings.at(-1)?.visit ?? null) : null;
    const counted = { verdict, connection, at };
    const known = this.#connectionOf(trail);
    known.last = Math.max(known.last, trail.sightings[0]?.at ?? known.last);
    known.first = Math.min(known.first, trail.sightings[0]?.at ?? known.first);
    this.#count(counted, 1);
    if (trail.final) {
      known.bytes += trail.bytes;
      this.#countFinal(trail, known);
    } else this.#open.set(trail.id, counted);
  }

  /** Of those that are final, the most frequent first. */
  get drops(): readonly DropCount[] {
    return [...this.#drops.values()].sort((a, b) => b.count - a.count);
  }

  get hops(): readonly HopLatency[] {
    const frequent = mostFrequent([...this.#hops], ([, { histogram }]) => histogram.count);
    return frequent.map(([key, { histogram, plusMinus }]) => ({
      from: Math.floor(key / MOST_PLACES),
      to: key % MOST_PLACES,
      count: histogram.count,
      p50: histogram.quantile(0.5),
      p95: histogram.quantile(0.95),
      plusMinus,
    }));
  }

  /** How often trails ended with each verdict at each place: what went well as soon as it is told, anything else once it is final. */
  get ends(): readonly EndCount[] {
    const ended = [...this.#ends.values()].filter(({ count }) => count > 0);
    return mostFrequent(ended, ({ count }) => count);
  }

  /** Those seen last first, so many at most: what is asked for ten times a second sorts none of the others. */
  latestConnections(most: number): readonly ConnectionTotals[] {
    const latest: ConnectionTotals[] = [];
    // From the one that began last: few of the others come before it.
    for (const each of [...this.#connections.values()].reverse()) {
      if (latest.length >= most && each.last <= (latest.at(-1)?.last ?? 0)) continue;
      // One whose trails turned out to be another's has none.
      if (verdicts.every((verdict) => each.counts[verdict] === 0)) continue;
      const at = latest.findLastIndex(({ last }) => last >= each.last) + 1;
      latest.splice(at, 0, each);
      if (latest.length > most) latest.pop();
    }
    return latest;
  }

  #count({ verdict, connection, at }: Counted, by: 1 | -1): void {
    this.counts[verdict] += by;
    if (at !== null) this.#countEnd(verdict, at, by);
    const known = this.#connections.get(this.#context.connectionOf(connection));
    if (known !== undefined) known.counts[verdict] += by;
  }

  #countEnd(verdict: Verdict, at: number, by: 1 | -1): void {
    const key = `${verdict} ${String(at)}`;
    const known = this.#ends.get(key);
    if (known !== undefined) known.count += by;
    else if (this.#ends.size < MOST_PLACES) this.#ends.set(key, { verdict, at, count: by });
  }

  #countFinal({ verdict, stop, because, sightings }: Trail, connection: Connection): void {
    if (verdict === 'dropped' && stop !== null) {
      const key = JSON.stringify([stop.after, stop.before, because]);
      const drop = this.#drops.get(key);
      if (drop !== undefined) drop.count += 1;
      else if (this.#drops.size < MOST_PLACES) this.#drops.set(key, { ...stop, because, count: 1 });
    }
    if (verdict === 'ambiguous') return;
    for (const [index, to] of sightings.entries()) {
      const from = sightings[index - 1];
      if (from === undefined) continue;
      const latency = this.#context.latency(from, to);
      countHop(connection, {
        ...{ from: from.visit, to: to.visit, count: 1, timed: latency === null ? 0 : 1 },
        ...{ sum: latency?.ns ?? 0, sumPlusMinus: latency?.plusMinusNs ?? 0 },
      });
      const key = from.visit * MOST_PLACES + to.visit;
      let hop = this.#hops.get(key);
      if (hop === undefined) {
        if (this.#hops.size >= MOST_PLACES) continue;
        hop = {
          clocks: this.#clocksOf(from.visit, to.visit),
          ...{ histogram: new LatencyHistogram(), plusMinus: null },
        };
        this.#hops.set(key, hop);
      }
      if (latency === null) continue;
      // Clocks that are known far better than when it began: it begins anew, or it would stay as vague for ever.
      if (latency.plusMinusNs * MUCH_BETTER < (hop.plusMinus ?? 0)) this.#beginAnew(hop);
      hop.histogram.add(latency.ns);
      hop.plusMinus = Math.max(hop.plusMinus ?? 0, latency.plusMinusNs);
    }
  }

  #clocksOf(from: number, to: number): string {
    return [from, to]
      .map((visit) => this.#context.nodeOf(visit) ?? 0)
      .sort((a, b) => a - b)
      .join(' ');
  }

  /** With all between the same clocks: what they were off by falls out of there and back only if it is the same of both. */
  #beginAnew({ clocks }: Hop): void {
    for (const hop of this.#hops.values())
      if (hop.clocks === clocks) Object.assign(hop, { histogram: new LatencyHistogram(), plusMinus: null });
  }

  #connectionOf(trail: Trail): Connection {
    const { flow, sightings } = trail;
    const connection = this.#context.connectionOf(trail.connection);
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    const at = sightings[0]?.at ?? 0;
    const fresh = { connection, flow, counts: noVerdicts(), bytes: 0, hops: [], first: at, last: at };
    this.#connections.set(connection, fresh);
    if (this.#connections.size > MOST_CONNECTIONS) this.#forgetOldest();
    return fresh;
  }

  /** A tenth at once: which are the oldest is dear to find. */
  #forgetOldest(): void {
    const oldest = [...this.#connections.values()].sort((a, b) => a.last - b.last);
    for (const { connection } of oldest.slice(0, MOST_CONNECTIONS / 10)) this.#connections.delete(connection);
  }
}

function mostFrequent<T>(all: readonly T[], count: (one: T) => number): readonly T[] {
  if (all.length <= MOST_PLACES_TOLD) return all;
  return all.toSorted((a, b) => count(b) - count(a)).slice(0, MOST_PLACES_TOLD);
}

function countHop({ hops }: Connection, { from, to, count, timed, sum, sumPlusMinus }: ConnectionHop): void {
  const hop = hops.find((each) => each.from === from && each.to === to);
  if (hop === undefined) {
    if (hops.length < MOST_CONNECTION_HOPS) hops.push({ from, to, count, timed, sum, sumPlusMinus });
    return;
  }
  hop.count += count;
  hop.timed += timed;
  hop.sum += sum;
  hop.sumPlusMinus += sumPlusMinus;
}

/** What is known of a part of it. */
function merge(known: Connection, part: Connection): void {
  for (const verdict of verdicts) known.counts[verdict] += part.counts[verdict];
  known.bytes += part.bytes;
  known.first = Math.min(known.first, part.first);
  known.last = Math.max(known.last, part.last);
  for (const hop of part.hops) countHop(known, hop);
}

export function noVerdicts(): VerdictCounts {
  return Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as VerdictCounts;
}
