// Packets that come out where none like them went in: pieces of a datagram that something on the way has cut (UDP segmentation offload, a router
// that fragments), or one that was put together of pieces. Nothing tells of which packet they are, so of those that went in and did not
// come out nobody knows whether they were lost.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import type { Coverage } from './coverage.ts';
import type { Draft } from './drafts.ts';
import type { FlowTable } from './flow-table.ts';
import type { Trail, Way } from './model.ts';
import { TRANSIT_NS } from './tell-apart.ts';
import type { Visits } from './visits.ts';

/** Of one connection; two that are near are one stretch. */
const MOST_STRETCHES = 64;
const MOST_KEYS = 10_000;
/** ns: pieces come out at once, and what is put together when its last piece has come. */
const NEAR_NS = 1_000_000_000;

interface Stretch {
  from: number;
  to: number;
}

/** A draft, judged: visits are in the order of its travel. */
interface Judged {
  readonly content: Pick<Trail, 'connection' | 'flow' | 'sightings'>;
  readonly visits: readonly number[];
  readonly way: Way | null;
}

export interface StrayContext {
  readonly visits: Visits;
  readonly coverage: Coverage;
  readonly flows: FlowTable;
  /** ns by which two nodes' clocks may be apart at most. */
  readonly clocksNs: () => number;
}

export class Strays {
  readonly #context: StrayContext;
  /** By connection, and by the ends of what has no ports, as later fragments have none. */
  readonly #stretches = new Map<number | string, Stretch[]>();

  constructor(context: StrayContext) {
    this.#context = context;
  }

  /** Notes those that are. @param judged of each draft */
  noticeAll(drafts: readonly Draft[], judged: readonly Judged[]): void {
    for (const [index, one] of judged.entries()) {
      const draft = drafts[index];
      // What went in may be there under other addresses.
      if (draft?.elsewhere === false && draft.ambiguous === null) this.#notice(one);
    }
  }

  #notice({ content: { connection, flow, sightings }, visits, way }: Judged): void {
    const first = visits[0] ?? 0;
    const at = sightings[0]?.at ?? 0;
    if (way === null || way.visits[0]?.visit === first) return;
    const place = way.visits.findIndex(({ visit }) => visit === first);
    if (place <= 0 || !this.#wasLookedFor(way.visits.slice(0, place), at)) return;
    for (const key of [connection, this.#endsOf(flow)]) this.#note(key, at);
  }

  /** Whether something came out of nowhere about then. */
  areNear(connection: number, flow: number, from: number, to: number): boolean {
    if (this.#stretches.size === 0) return false;
    const apart = NEAR_NS + this.#context.clocksNs();
    const keys = this.#hasNoPorts(flow) ? [connection, this.#endsOf(flow)] : [connection];
    return keys.some((key) =>
      (this.#stretches.get(key) ?? []).some((one) => one.from <= to + apart && one.to >= from - apart),
    );
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    for (const { from, to } of this.#stretches.get(other) ?? [])
      for (const at of [from, to]) this.#note(connection, at);
    this.#stretches.delete(other);
  }

  forgetBefore(time: number): void {
    for (const [key, stretches] of this.#stretches) {
      const left = stretches.filter(({ to }) => to >= time);
      if (left.length === 0) this.#stretches.delete(key);
      else if (left.length < stretches.length) this.#stretches.set(key, left);
    }
  }

  /** At one of the visits before it would have been seen. */
  #wasLookedFor(before: Way['visits'], at: number): boolean {
    const { visits, coverage, clocksNs } = this.#context;
    const apart = TRANSIT_NS + clocksNs();
    return before.some((as) => {
      const visit = visits.at(as.visit);
      return visit !== null && coverage.covered(visit, as, { from: at - apart, to: at + apart }) === 'yes';
    });
  }

  #note(key: number | string, at: number): void {
    const stretches = this.#stretches.get(key) ?? [];
    const near = stretches.find(({ from, to }) => at >= from - NEAR_NS && at <= to + NEAR_NS);
    if (near !== undefined) {
      near.from = Math.min(near.from, at);
      near.to = Math.max(near.to, at);
      return;
    }
    stretches.push({ from: at, to: at });
    if (stretches.length > MOST_STRETCHES) stretches.shift();
    this.#stretches.set(key, stretches);
    if (this.#stretches.size > MOST_KEYS) this.#stretches.delete(this.#stretches.keys().next().value ?? 0);
  }

  #endsOf(flow: number): string {
    const tuple = this.#context.flows.tuple(flow);
    return tuple === null ? '' : `${String(tuple.protocol)} ${tuple.source} ${tuple.destination}`;
  }

  #hasNoPorts(flow: number): boolean {
    const tuple = this.#context.flows.tuple(flow);
    return tuple?.protocol === IpProtocol.udp && tuple.sourcePort === 0 && tuple.destinationPort === 0;
  }
}
