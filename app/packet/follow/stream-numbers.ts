// Which TCP stream a segment belongs to, numbered as tshark's `tcp.stream`: from 0, in the order in which streams begin in
// the capture. A stream is the segments between two ends up to a SYN with another sequence number than the last.
import { TcpFlag } from '../columns/tcp.ts';

/** Of a TCP header, what a stream is told by. */
export interface StreamHeader {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  /**
   * False: the header is one that an ICMP error quotes, or claims more bytes than there are: then it tells nothing of where
   * the stream's numbers begin.
   */
  readonly counts: boolean;
}

/** 0: from the end that sorts first. Unlike a stream's direction it is the same for all streams of a pair. */
export type PairDirection = 0 | 1;

/** Two ends (address and port) and the streams between them, one after the other. */
export class EndPair {
  /** Sequence number from which those of a direction are counted; null: not known yet. */
  readonly #base: [number | null, number | null] = [null, null];
  #begun = false;

  /** Whether it is the first of another stream. To be told every header, in the order of capture. */
  take(direction: PairDirection, { sequence, acknowledgement, flags, counts }: StreamHeader): boolean {
    const base = this.#base;
    const opposite: PairDirection = direction === 0 ? 1 : 0;
    const syn = (flags & TcpFlag.syn) !== 0;
    const ack = (flags & TcpFlag.ack) !== 0;
    const known = base[direction];
    const differs = syn && known !== null && known !== sequence;
    const begins = !this.#begun || (differs && !ack);
    this.#begun = true;
    if (differs) {
      // Another stream, or another answer to the same SYN.
      base[direction] = ack ? sequence : null;
      if (!ack) base[opposite] = null;
    }
    if (counts) {
      base[direction] ??= syn ? sequence : (sequence - 1) >>> 0;
      if (ack) base[opposite] ??= (acknowledgement - 1) >>> 0;
    }
    return begins;
  }

  /** A sequence number of this direction, or an acknowledgement of the other: 0 is the SYN's. */
  relative(direction: PairDirection, number: number): number {
    return (number - (this.#base[direction] ?? 0)) >>> 0;
  }
}

/** So many pairs of ends are remembered, 400 bytes each. */
export const MAX_PAIRS = 1_000_000;

/** Of all streams in a capture. */
export class StreamNumbers {
  readonly #pairs = new Map<string, { readonly pair: EndPair; number: number }>();
  readonly #maxPairs: number;
  #count = 0;

  constructor(maxPairs = MAX_PAIRS) {
    this.#maxPairs = maxPairs;
  }

  /** Streams so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * The stream's number; null of ends beyond those that are remembered.
   * @param key of the two ends, the same for both directions
   */
  take(
    key: string,
    direction: PairDirection,
    header: StreamHeader,
  ): { readonly number: number; readonly pair: EndPair } | null {
    let known = this.#pairs.get(key);
    if (known === undefined) {
      if (this.#pairs.size >= this.#maxPairs) return null;
      known = { pair: new EndPair(), number: 0 };
      this.#pairs.set(key, known);
    }
    if (known.pair.take(direction, header)) known.number = this.#count++;
    return known;
  }
}
