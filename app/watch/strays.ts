// Packets that come out where none like them went in: pieces of a datagram that something on the way has cut (UDP segmentation offload, a router
// that fragments), or one that was put together of pieces. Nothing tells of which packet they are, so of those that went in and did not
// come out nobody knows whether they were lost; nor of what was put together on the way (br_netfilter does), which is cut again. Where packets began to be seen is noted of all of them, whatever way is known by then: it may
// be foretold, or learned, when they are long settled.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import type { Coverage, Span } from './coverage.ts';
import type { FlowTable } from './flow-table.ts';
import type { Way } from './model.ts';
import { TRANSIT_NS } from './tell-apart.ts';
import { MOST_VISITS, type Visits } from './visits.ts';

/** Of one connection; what is near at one place is one stretch. */
const MOST_STRETCHES = 64;
const MOST_KEYS = 20_000;
/** ns: pieces come out at once, and what is put together when its last piece has come. */
export const NEAR_NS = 1_000_000_000;

const CUT =
  'packets that nobody saw go in come out behind there: it may have been cut into them, or put together with others';
const TOO_MANY =
  'more packets began to be seen about then than can be remembered: it may have been cut into some of them';
const JOINED =
  'nobody saw it go in, and others of its connection did: it may have been put together of them, and cut again behind there';

/** A packet, as it was seen first. */
export interface Beginning {
  readonly connection: number;
  readonly flow: number;
  readonly visit: number;
  /** Session time, ns. */
  readonly at: number;
  /** Bytes from layer 4 on; 0 of a fragment: IPv6's have another identification once they were put together. */
  readonly size: number;
}

/** Packets that began to be seen at one visit. */
interface Stretch {
  readonly visit: number;
  from: number;
  to: number;
  shortest: number;
  longest: number;
}

/** What a packet is noted with if it comes within a second of the one that they were looked up for. */
interface Latest {
  readonly of: readonly Stretch[];
  readonly from: number;
}

export interface StrayContext {
  readonly flows: FlowTable;
  readonly visits: Visits;
  readonly coverage: Coverage;
  /** ns by which two nodes' clocks may be apart at most. */
  readonly clocksNs: () => number;
}

export class Strays {
  readonly #context: StrayContext;
  /** By connection, and by the ends: later fragments have no ports. Those noted last are last. */
  readonly #stretches = new Map<number | string, Stretch[]>();
  /** By flow and visit, the stretches that a packet there is of, so that most of them are noted at once. */
  readonly #latest = new Map<number, Latest>();
  /** Some of what was noted before is forgotten, for want of room. */
  #forgottenUntil = -Infinity;

  constructor(context: StrayContext) {
    this.#context = context;
  }

  /** A packet that is of no other, as far as one knows. */
  note(packet: Beginning): void {
    const { connection, flow, visit, at, size } = packet;
    const key = flow * MOST_VISITS + visit;
    const latest = this.#latest.get(key);
    // Those of long ago are looked up, so that what is noted often is not forgotten first.
    if (latest !== undefined && at >= latest.from - NEAR_NS && at <= latest.from + NEAR_NS) {
      for (const stretch of latest.of) extend(stretch, at, at, size, size);
      return;
    }
    const stretch = { visit, from: at, to: at, shortest: size, longest: size };
    const tuple = this.#context.flows.tuple(flow);
    const keys = [connection, ...(tuple === null ? [] : [keyOf(tuple.protocol, tuple)])];
    const of = keys.map((one) => this.#note(one, stretch));
    if (this.#latest.size >= MOST_KEYS) this.#latest.clear();
    this.#latest.set(key, { of, from: at });
  }

  /**
   * Why a packet that went this way, and was not seen any more, may have come out as others: one of its connection began elsewhere about
   * then. Null: nothing says so, or that is as long as the packet, and all captures that should have seen it before lost some all that time.
   * @param until when it was seen last
   */
  doubtOf(packet: Beginning, until: number, { visits }: Way): string | null {
    const { connection, flow, visit, at } = packet;
    // Which is followed by its bytes, however it is cut.
    if (this.#context.flows.tuple(flow)?.protocol === IpProtocol.tcp) return null;
    const apart = NEAR_NS + this.#context.clocksNs();
    const near = { from: at - apart, to: until + apart };
    if (near.from <= this.#forgottenUntil) return TOO_MANY;
    const place = (of: number): number => visits.findIndex((one) => one.visit === of);
    const own = place(visit);
    let doubt: string | null = null;
    for (const key of this.#keysOf(connection, flow, visits))
      for (const one of this.#stretches.get(key) ?? []) {
        if (one.visit === visit || one.from > near.to || one.to < near.from) continue;
        const there = place(one.visit);
        const isBefore = there >= 0 && there < own;
        const span = isBefore
          ? { from: at, to: until }
          : { from: Math.max(one.from, near.from), to: Math.min(one.to, near.to) };
        const missedAt = visits.slice(...(isBefore ? [there, own] : [own, there < 0 ? own + 1 : there]));
        const isAlike = packet.size > 0 && one.shortest === packet.size && one.longest === packet.size;
        if (isAlike && own >= 0 && this.#mayHavePassed(missedAt, span)) continue;
        if (!isBefore) return CUT;
        doubt = JOINED;
      }
    return doubt;
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    if (!this.#stretches.has(other)) return;
    this.#latest.clear();
    for (const stretch of this.#stretches.get(other) ?? []) this.#note(connection, stretch);
    this.#stretches.delete(other);
  }

  forgetBefore(time: number): void {
    for (const [key, stretches] of this.#stretches) {
      if (stretches.some(({ to }) => to >= time)) return;
      this.#stretches.delete(key);
    }
  }

  /** Another packet, unseen at any of these, whenever it came out in that time. */
  #mayHavePassed(missedAt: Way['visits'], { from, to }: Span): boolean {
    const { visits, coverage, clocksNs } = this.#context;
    const apart = TRANSIT_NS + clocksNs();
    return missedAt.every((as) => {
      const visit = visits.at(as.visit);
      return visit !== null && coverage.isBlind(visit, as, { from: from - apart, to: to + apart });
    });
  }

  /** Under which such packets are noted: a translation that nobody has told of makes another connection of them. */
  #keysOf(connection: number, flow: number, visits: Way['visits']): readonly (number | string)[] {
    const tuple = this.#context.flows.tuple(flow);
    if (tuple === null) return [connection];
    const { protocol } = tuple;
    const hasNoPorts = tuple.sourcePort === 0 && tuple.destinationPort === 0;
    const own = keyOf(protocol, tuple);
    const translated = visits.flatMap(({ ends }) => (ends === null ? [] : keyOf(protocol, ends)));
    return [
      connection,
      ...new Set([...(hasNoPorts ? [own] : []), ...translated.filter((one) => one !== own)]),
    ];
  }

  #note(key: number | string, { visit, from, to, shortest, longest }: Stretch): Stretch {
    const known = this.#stretches.get(key) ?? [];
    this.#stretches.delete(key);
    this.#stretches.set(key, known);
    let near = known.find(
      (one) => one.visit === visit && from <= one.to + NEAR_NS && to >= one.from - NEAR_NS,
    );
    if (near === undefined) known.push((near = { visit, from, to, shortest, longest }));
    else extend(near, from, to, shortest, longest);
    if (known.length > MOST_STRETCHES) this.#lose(known.sort((a, b) => b.to - a.to).splice(MOST_STRETCHES));
    if (this.#stretches.size > MOST_KEYS) this.#forgetOldest();
    return near;
  }

  /** A tenth at once: one after the other is dear, as a map passes over all that have left before. */
  #forgetOldest(): void {
    let left = MOST_KEYS / 10;
    for (const [oldest, stretches] of this.#stretches) {
      if (left === 0) return;
      this.#lose(stretches);
      this.#stretches.delete(oldest);
      left -= 1;
    }
  }

  #lose(stretches: readonly Stretch[]): void {
    this.#forgottenUntil = Math.max(this.#forgottenUntil, ...stretches.map(({ to }) => to));
    this.#latest.clear();
  }
}

function extend(stretch: Stretch, from: number, to: number, shortest: number, longest: number): void {
  if (from < stretch.from) stretch.from = from;
  if (to > stretch.to) stretch.to = to;
  if (shortest < stretch.shortest) stretch.shortest = shortest;
  if (longest > stretch.longest) stretch.longest = longest;
}

function keyOf(protocol: number, { source, destination }: { source: string; destination: string }): string {
  return `${String(protocol)} ${source} ${destination}`;
}
