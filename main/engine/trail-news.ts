// What the trail worker is to be told next, and what of a run a fresh worker has to be told again.
import type { ConntrackEntry } from '../../app/probe/conntrack-entries.ts';
import type { CorrelatorCapture } from '../../app/watch/correlator.ts';
import { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import type { ToldClock } from '../../app/watch/trail-clocks.ts';
import type { ForetoldWay } from '../../app/watch/way-of-path.ts';
import {
  mostUnreadBytes,
  type CaptureTick,
  type ToldSync,
  type ToldUptime,
  type TrailNews,
} from './trail-protocol.ts';

type Gathered = { -readonly [K in keyof TrailNews]: TrailNews[K][number][] };

const nothing = (): Gathered => ({
  ...{ begun: [], captures: [], ticks: [], ended: [], clocks: [] },
  ...{ uptimes: [], syncs: [], ways: [], entries: [] },
});

export class GatheredNews {
  #news = nothing();
  readonly #captures = new Map<number, CorrelatorCapture>();
  /** Those of them that are over: their packets are there still. */
  readonly #ended = new Set<number>();
  /** By node. */
  readonly #clocks = new Map<number, ToldClock>();
  readonly #syncs = new Map<number, ToldSync>();
  #segments: readonly SharedArrayBuffer[] = [];

  /** Empties it. */
  take(): TrailNews {
    const news = this.#news;
    this.#news = nothing();
    return news;
  }

  /** For a worker that knows nothing: all that is still there. */
  startOver(): void {
    this.#news = {
      ...nothing(),
      begun: [...this.#segments],
      captures: [...this.#captures].map(([id, capture]) => ({ id, ...capture })),
      ended: [...this.#ended],
      clocks: [...this.#clocks.values()],
      syncs: [...this.#syncs.values()],
    };
  }

  /** Number of the packet that will come next, as far as those that are there tell. */
  get nextPacket(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 1 : new PacketSegment(last).endNumber;
  }

  capture(id: number, capture: CorrelatorCapture): void {
    this.#captures.set(id, capture);
    this.#news.captures.push({ id, ...capture });
  }

  /** @param begun segments that are new @param kept those in memory, oldest first */
  decoded(begun: readonly SharedArrayBuffer[], kept: readonly SharedArrayBuffer[]): void {
    this.#segments = [...kept];
    const waiting = this.#news.begun;
    waiting.push(...begun);
    // A worker that answers late would leave out as many of them.
    let bytes = waiting.reduce((sum, { byteLength }) => sum + byteLength, 0);
    while (bytes > mostUnreadBytes && waiting.length > 1) bytes -= waiting.shift()?.byteLength ?? 0;
  }

  tick(tick: CaptureTick): void {
    this.#news.ticks.push(tick);
  }

  ended(captureId: number): void {
    this.#ended.add(captureId);
    this.#news.ended.push(captureId);
  }

  clock(told: ToldClock): void {
    this.#clocks.set(told.node, told);
    this.#news.clocks.push(told);
  }

  uptime(told: ToldUptime): void {
    this.#news.uptimes.push(told);
  }

  sync(told: ToldSync): void {
    this.#syncs.set(told.node, told);
    this.#news.syncs.push(told);
  }

  way(flow: number, way: ForetoldWay): void {
    this.#news.ways.push({ flow, way });
  }

  learn(entries: readonly ConntrackEntry[]): void {
    this.#news.entries.push(...entries);
  }
}
