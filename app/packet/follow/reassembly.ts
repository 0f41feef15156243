// A TCP stream put together from its segments (RFC 9293 §3.4, §3.10.7.4), as one who only listens can: what was captured
// first counts, and what never came is a gap once the receiver has acknowledged it. Agrees with `tshark -z follow,tcp`.
import { WaitingSegments, type Waiting } from './waiting-segments.ts';

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
  /** A segment of whose payload nothing was captured is a gap that was cut; else it counts as never seen, as in tshark. */
  readonly cutWholeIsGap: boolean;
}

export class Reassembly<T> {
  readonly #sink: StreamSink<T>;
  readonly #maxWaitingBytes: number;
  readonly #cutWholeIsGap: boolean;
  readonly #sides = [new Side<T>(), new Side<T>()] as const;
  #order = 0;

  constructor(sink: StreamSink<T>, { maxWaitingBytes, cutWholeIsGap }: ReassemblyOptions) {
    this.#sink = sink;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#cutWholeIsGap = cutWholeIsGap;
  }

  totals(direction: Direction): DirectionTotals {
    const { segments, retransmitted } = this.#sides[direction];
    return { segments, retransmitted };
  }

  take(segment: StreamSegment<T>): void {
    const { direction, acknowledgement, bytes, wireLength, from } = segment;
    const opposite: Direction = direction === 0 ? 1 : 0;
    if (acknowledgement !== null) this.#drain(opposite, acknowledgement, from);
    const side = this.#sides[direction];
    const sequence = (segment.sequence + (segment.syn ? 1 : 0)) >>> 0;
    // Nothing has said yet where it begins. (That 0 says nothing is tshark's habit.)
    if (!side.begun && side.next >>> 0 === 0) side.next = sequence | 0;
    if (wireLength > 0) side.segments += 1;
    const ahead = (sequence - side.next) | 0;
    const known = Math.max(0, -ahead);
    if (wireLength > 0 && ahead < 0 && !(wireLength === 1 && ahead === -1)) side.retransmitted += 1;
    const nothing = known >= bytes.length && (bytes.length > 0 || !this.#cutWholeIsGap);
    if (known >= wireLength || nothing) return;
    const fresh = known === 0 ? bytes : bytes.subarray(known);
    if (ahead > 0) {
      side.waiting.add({ at: side.next + ahead, order: this.#order++, bytes: fresh, from });
      if (side.cost > this.#maxWaitingBytes) this.#giveUp(direction, from);
      return;
    }
    const length = wireLength - known;
    side.next += length;
    if (fresh.length > 0) {
      side.begun = true;
      this.#sink.bytes(direction, fresh, from);
    }
    if (fresh.length < length) this.#sink.gap(direction, length - fresh.length, 'cut', from);
    this.#drain(direction, 0, from);
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

  /** Takes what has its turn; what was acknowledged and did not come is missing. */
  #drain(direction: Direction, acknowledged: number, from: T): void {
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
      this.#continue(direction, side, segment);
    }
  }

  #continue(direction: Direction, side: Side<T>, { at, bytes, from }: Waiting<T>): void {
    const known = side.next - at;
    if (known > 0) side.retransmitted += 1;
    if (known >= bytes.length) return;
    side.next += bytes.length - known;
    this.#sink.bytes(direction, known === 0 ? bytes : bytes.subarray(known), from);
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
