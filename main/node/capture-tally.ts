// Up to which moment a capture is complete (DESIGN §10 "Watermarks"), from the guard's ticks and tcpdump's totals.
import type { CaptureTime, CaptureTotals } from './capture-events.ts';

/** More ticks than can lie between the first and the last byte of one line of tcpdump's. */
const KEPT = 8;
const WRAP = 2 ** 32; // tcpdump counts in unsigned int

export interface Tally extends CaptureTotals, CaptureTime {
  /** tcpdump was once seen to have caught up: `captured` is no guess. */
  readonly exact: boolean;
}

/**
 * Two things make tcpdump's totals less than the truth.
 *
 * When: it reads them when it gets to it. While it is blocked in a write several signals become one, and the answer
 * comes after a later tick. So after an interval without an answer the next one counts for the tick before.
 *
 * What: "captured" is what tcpdump has taken out of the kernel's ring, where more may lie; "received" less "dropped"
 * is all that came, but also what came before the filter was set (measured: 74 packets on a busy lo), which is no
 * record ever. That difference is the same for ever; it is the smallest one seen, or the one seen when a second
 * passed without a packet, for then the ring was empty.
 */
export class CaptureTally {
  readonly #ticks = new Map<number, CaptureTime>();
  #count = 0;
  readonly #answered = new Set<number>();
  #last: CaptureTotals | null = null;
  #unfiltered = Infinity;
  #exact = false;

  tick(time: CaptureTime): void {
    this.#count += 1;
    this.#ticks.set(this.#count, time);
    this.#ticks.delete(this.#count - KEPT);
    this.#answered.delete(this.#count - KEPT);
  }

  /**
   * @param ticksBefore how many ticks had come when tcpdump began to write this.
   * @returns `captured`: when the stream has given so many records, everything up to `nodeTime` is among them or
   * dropped. Null when no tick is known to have come before.
   */
  totals(counted: CaptureTotals, ticksBefore: number): Tally | null {
    const last = this.#last;
    const totals = {
      captured: unwrapped(counted.captured, last?.captured),
      received: unwrapped(counted.received, last?.received),
      dropped: unwrapped(counted.dropped, last?.dropped),
    };
    this.#last = totals;
    const difference = totals.received - totals.dropped - totals.captured;
    const idle = last?.received === totals.received && last.captured === totals.captured;
    this.#exact ||= idle;
    this.#unfiltered = Math.max(0, idle ? difference : Math.min(this.#unfiltered, difference));

    const late = ticksBefore > 1 && !this.#answered.has(ticksBefore - 1);
    this.#answered.add(ticksBefore);
    const time = this.#ticks.get(late ? ticksBefore - 1 : ticksBefore);
    if (time === undefined) return null;
    const captured = Math.max(totals.captured, totals.received - totals.dropped - this.#unfiltered);
    return { ...totals, ...time, captured, exact: this.#exact };
  }
}

function unwrapped(value: number, last = 0): number {
  const round = Math.floor(last / WRAP) * WRAP + value;
  return round < last - WRAP / 2 ? round + WRAP : round;
}
