// A TCP stream put together from its segments (RFC 9293 §3.4, §3.10.7.4), as one who only listens can: what was captured
// first counts, and what never came is a gap once the receiver has acknowledged it. Agrees with `tshark -z follow,tcp`.
import { WaitingSegments } from './waiting-segments.ts';

/** 0: from the end that sent the stream's first segment; 1: from the other. */
export type Direction = 0 | 1;

/** One TCP segment of the stream, whatever it carries. */
export interface StreamSegment<T> {
  readonly direction: Direction;
  /** Relative to the stream's beginning, modulo 2^32 (stream-numbers.ts). */
  readonly sequence: number;
  /** Relative to the other direction's beginning; null without ACK. */
  readonly acknowledgement: number | null;
  readonly syn: boolean;
  /** Its payload, as much as was captured. Kept as it is while it waits. */
  readonly bytes: Uint8Array;
  /** Bytes of payload on the wire; at least those captured. */
  readonly wireLength: number;
  /** Told with what comes of it: the packet. */
  readonly from: T;
}

/** Why bytes are not there: no packet with them was captured, or it was cut by the capture's snap length. */
export type GapCause = 'missing' | 'cut';

export interface StreamSink<T> {
  /** The next bytes of a direction. A view, not a copy. */
  bytes(direction: Direction, bytes: Uint8Array, from: T): void;
  /** @param from missing: whose segment showed that there is a gap; cut: whose payload was cut. */
  gap(direction: Direction, length: number, cause: GapCause, from: T): void;
}

/** What one direction was. */
export interface DirectionTotals {
  /** Segments with payload. */
  readonly segments: number;
  /** Of these, segments that brought nothing, or not only, new bytes. Keep-alives are none. */
  readonly retransmitted: number;
}

/** What a segment that waits costs beside its bytes. */
const WAITING_OVERHEAD = 128;

class Side<T> {
  /** Sequence number of the next byte, without wrap-around. */
  next = 0;
  /** Bytes came in order. */
  begun = false;
  segments = 0;
  retransmitted = 0;
  readonly waiting = new WaitingSegments<T>();

  get cost(): number {
    return this.waiting.bytes + this.waiting.count * WAITING_OVERHEAD;
  }
}

export interface ReassemblyOptions {
  /**
   * A direction may keep so much for segments that wait for one before them; beyond it what they wait for is given up as
   * missing.
   */
  readonly maxWaitingBytes: number;
  /**
   * What the snap length cut is a gap, wherever. False: as in tshark, where a segment of whose payload nothing new was
   * captured counts as never seen, and one that waits ends where its bytes do.
   */
  readonly cutsAreGaps: boolean;
}

export class Reassembly<T> {
  readonly #sink: StreamSink<T>;
  readonly #maxWaitingBytes: number;
  readonly #cutsAreGaps: boolean;
  readonly #sides = [new Side<T>(), new Side<T>()] as const;
  #order = 0;

  constructor(sink: StreamSink<T>, { maxWaitingBytes, cutsAreGaps }: ReassemblyOptions) {
    this.#sink = sink;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#cutsAreGaps = cutsAreGaps;
  }

  totals(direction: Direction): DirectionTotals {
    const { segments, retransmitted } = this.#sides[direction];
    return { segments, retransmitted };
  }

  take(segment: StreamSegment<T>): void {
    const { direction, acknowledgement, bytes, wireLength, from } = segment;
    const opposite: Direction = direction === 0 ? 1 : 0;
    if (acknowledgement !== null) this.#acknowledge(opposite, acknowledgement, from);
    const side = this.#sides[direction];
    const sequence = (segment.sequence + (segment.syn ? 1 : 0)) >>> 0;
    // Nothing has said yet where it begins. (That 0 says nothing is tshark's habit.)
    if (!side.begun && side.next >>> 0 === 0) side.next = sequence | 0;
    if (wireLength > 0) side.segments += 1;
    const ahead = (sequence - side.next) | 0;
    const known = Math.max(0, -ahead);
    if (wireLength > 0 && ahead < 0 && !(wireLength === 1 && ahead === -1)) side.retransmitted += 1;
    const there = this.#cutsAreGaps ? wireLength : Math.min(wireLength, bytes.length);
    if (known >= there) return;
    if (ahead > 0) {
      const at = side.next + ahead;
      side.waiting.add({ at, end: at + there, order: this.#order++, bytes, from });
      while (side.cost > this.#maxWaitingBytes) this.#giveUp(direction, from);
      return;
    }
    if (bytes.length > known) side.begun = true;
    this.#continue(direction, bytes.subarray(known), wireLength - known, from);
    this.#takeReached(direction);
  }

  /** Nothing follows: what still waits comes after gaps. */
  end(): void {
    for (const direction of [0, 1] as const) {
      for (;;) {
        this.#takeReached(direction);
        const first = this.#sides[direction].waiting.first;
        if (first === null) break;
        this.#giveUp(direction, first.from);
      }
    }
  }

  /** What the receiver has and never came here is missing. */
  #acknowledge(direction: Direction, acknowledged: number, from: T): void {
    const side = this.#sides[direction];
    for (;;) {
      this.#takeReached(direction);
      const { first } = side.waiting;
      if (first === null || ((acknowledged - first.at) | 0) <= 0) return;
      this.#giveUp(direction, from);
    }
  }

  #takeReached(direction: Direction): void {
    const side = this.#sides[direction];
    for (;;) {
      const segment = side.waiting.take(side.next);
      if (segment === null) return;
      const { at, end, bytes, from } = segment;
      const known = side.next - at;
      if (known > 0) side.retransmitted += 1;
      if (side.next < end) this.#continue(direction, bytes.subarray(known), end - side.next, from);
    }
  }

  /** @param length on the wire; `bytes` are as many, or fewer when they were cut */
  #continue(direction: Direction, bytes: Uint8Array, length: number, from: T): void {
    this.#sides[direction].next += length;
    if (bytes.length > 0) this.#sink.bytes(direction, bytes, from);
    if (bytes.length < length) this.#sink.gap(direction, length - bytes.length, 'cut', from);
  }

  #giveUp(direction: Direction, from: T): void {
    const side = this.#sides[direction];
    const { first } = side.waiting;
    if (first === null) return;
    this.#sink.gap(direction, first.at - side.next, 'missing', from);
    side.next = first.at;
    this.#takeReached(direction);
  }
}
