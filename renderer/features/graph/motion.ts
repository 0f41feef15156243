// What moves: counts become a bounded number of dots on their way, or a band where there are too many. Pure: time comes
// in. Its work depends on what is lit, never on how much is drawn.
import type { Highlight } from '../../../app/contract/watch.ts';
import { LAST_ORDER, type Track } from './tracks.ts';

/** A packet's way along one interface's line takes this long, ms: quick enough to be live, slow enough for an eye. */
export const TRAVEL_MS = 500;
/** Slow motion: what takes µs from interface to interface is drawn with so many ms between, so that one sees it pass. */
const HOP_MS = 240;
/** Between two dots on one line and in one direction, ms: what comes closer runs into one. */
const APART_MS = 125;
/** Packets a second in one direction from which on they are a stream. */
export const FLOW_RATE = 150;
/** A stream is drawn so long after its last packets, ms. */
const FLOW_MS = 350;
/** A line stays lit this long after its last dot has arrived, ms. */
export const GLOW_MS = 500;
/** Of all lines together, those that have not set out yet included; with many lines each has fewer. */
export const MOST_DOTS = 400;
const LONGEST_LIFE_MS = TRAVEL_MS + LAST_ORDER * HOP_MS;
/** What a first message of a line, or one after a rest, is spread over, ms. */
const LONGEST_SPREAD_MS = 250;
const SHORTEST_MS = 16;
/** The weight of the past in a line's rate. */
const SMOOTH = 0.7;

export interface Lane {
  readonly interfaceId: string;
  readonly inbound: boolean;
  /** Away from the watched Pod. */
  readonly away: boolean;
  /** When it was last told of packets. */
  toldAt: number;
  /** Packets a second, smoothed. */
  rate: number;
  /** Until when it is a stream. */
  flowUntil: number;
  /** The share of refusals in what was told last. */
  refusedShare: number;
  /** When its last dot arrives, or its stream ends. */
  movingUntil: number;
  /** Packets since it was dark, for whoever is shown no movement. */
  count: number;
  /** ms that the packets' way takes to come here from where it begins. */
  delay: number;
  /** Packets that no dot stands for yet, and the refusals among them. */
  owed: number;
  owedRefused: number;
  /** Before then none sets out. */
  nextDot: number;
}

export interface Dot {
  readonly lane: Lane;
  /** When it sets out, ms. */
  readonly start: number;
  /** Packets it stands for. */
  readonly weight: number;
  readonly refused: boolean;
}

export class Motion {
  readonly #lanes = new Map<string, Lane>();
  #dots: Dot[] = [];

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  /** Some of them have not set out yet. */
  get dots(): readonly Dot[] {
    return this.#dots;
  }

  get idle(): boolean {
    return this.#lanes.size === 0;
  }

  /** What is not on a track is not drawn. */
  add(items: readonly Highlight[], now: number, tracks: ReadonlyMap<string, Track>): void {
    for (const { interfaceId, inbound, outbound, refused } of items) {
      const track = tracks.get(interfaceId);
      if (track === undefined) continue;
      const [away, back] = track.inboundIsAway ? [inbound, outbound] : [outbound, inbound];
      // The message does not say in which direction the refusals went: towards the one who asks, as a rule.
      const refusedBack = Math.max(0, Math.min(refused, back));
      const refusedAway = Math.max(0, Math.min(refused - refusedBack, away));
      this.#addOneWay(interfaceId, track, true, away, refusedAway, now);
      this.#addOneWay(interfaceId, track, false, back, refusedBack, now);
    }
  }

  /** Forgets what has arrived and gone dark. */
  advance(now: number): void {
    // What the last dot was too close to sets out by itself.
    for (const lane of this.#lanes.values())
      if (lane.owed > 0 && lane.nextDot <= now) this.#setOut(lane, lane.nextDot, SHORTEST_MS);
    let kept = 0;
    for (const dot of this.#dots) {
      if (dot.start + TRAVEL_MS <= now) continue;
      this.#dots[kept] = dot;
      kept += 1;
    }
    this.#dots.length = kept;
    for (const [key, lane] of this.#lanes) {
      if (lane.movingUntil + GLOW_MS <= now) this.#lanes.delete(key);
    }
  }

  clear(): void {
    this.#lanes.clear();
    this.#dots = [];
  }

  #addOneWay(
    interfaceId: string,
    track: Track,
    away: boolean,
    count: number,
    refused: number,
    now: number,
  ): void {
    // Less than none: those told before were another interface's.
    if (count <= 0) return;
    const inbound = away === track.inboundIsAway;
    const key = `${inbound ? '>' : '<'}${interfaceId}`;
    const known = this.#lanes.get(key);
    const since = known === undefined ? LONGEST_SPREAD_MS : now - known.toldAt;
    const spread = Math.max(SHORTEST_MS, Math.min(LONGEST_SPREAD_MS, since));
    const rate = (count / spread) * 1000;
    const lane: Lane = known ?? {
      interfaceId,
      inbound,
      away,
      toldAt: now,
      rate: 0,
      flowUntil: 0,
      refusedShare: 0,
      movingUntil: 0,
      count: 0,
      delay: 0,
      owed: 0,
      owedRefused: 0,
      nextDot: -Infinity,
    };
    if (known === undefined) this.#lanes.set(key, lane);
    lane.rate = known === undefined ? rate : lane.rate * SMOOTH + rate * (1 - SMOOTH);
    lane.toldAt = now;
    lane.refusedShare = refused / count;
    lane.count += count;
    if (lane.rate > FLOW_RATE) {
      lane.flowUntil = now + FLOW_MS;
      lane.movingUntil = Math.max(lane.movingUntil, lane.flowUntil);
      lane.owed = lane.owedRefused = 0;
      return;
    }
    lane.delay = (away ? track.order : LAST_ORDER - track.order) * HOP_MS;
    lane.owed += count;
    lane.owedRefused += refused;
    if (lane.nextDot <= now) this.#setOut(lane, now, spread);
    else lane.movingUntil = Math.max(lane.movingUntil, lane.nextDot + lane.delay + TRAVEL_MS);
  }

  /** Dots for what is owed, from a time on; where there is none to spare the line is lit all the same. @param spread ms */
  #setOut(lane: Lane, from: number, spread: number): void {
    const apart = Math.max(APART_MS, (this.#lanes.size * LONGEST_LIFE_MS) / MOST_DOTS);
    const { owed, owedRefused, delay } = lane;
    const allowed = Math.max(1, Math.round(spread / apart));
    const number = Math.min(owed, allowed, MOST_DOTS - this.#dots.length);
    const red = owedRefused === 0 ? 0 : Math.max(1, Math.round((number * owedRefused) / owed));
    for (let each = 0; each < number; each += 1) {
      const start = from + delay + (each * spread) / number;
      this.#dots.push({ lane, start, weight: owed / number, refused: each < red });
      lane.movingUntil = Math.max(lane.movingUntil, start + TRAVEL_MS);
    }
    lane.movingUntil = Math.max(lane.movingUntil, from);
    lane.nextDot = from + Math.max(1, number) * apart;
    lane.owed = lane.owedRefused = 0;
  }
}
