// Up to when a capture is decoded or counted as lost (DESIGN §10 "Watermarks"). A tick's counters were read at or after its
// node time, so once as many packets are decoded as then had come and were not dropped (main/node/capture-tally.ts), none before it is missing.
import type { NodeTime } from '../../app/topology/model.ts';

/** A decoder this many seconds behind loses detail: of the ticks that wait, every second is forgotten. */
const mostTicks = 120;

export class Watermark {
  #waiting: { readonly at: NodeTime; readonly packets: number }[] = [];
  #reached: NodeTime | null = null;
  #decoded = 0;

  /** Null before the first second. */
  get at(): NodeTime | null {
    return this.#reached;
  }

  /** `packets`: how many must be decoded for everything until then to be. */
  tick(at: NodeTime, packets: number): void {
    this.#waiting.push({ at, packets });
    if (this.#waiting.length > mostTicks) this.#waiting = this.#waiting.filter((_, index) => index % 2 === 1);
    this.#advance();
  }

  /** Packets decoded since the capture began. */
  decoded(packets: number): void {
    this.#decoded = packets;
    this.#advance();
  }

  #advance(): void {
    const pending = this.#waiting.findIndex(({ packets }) => packets > this.#decoded);
    const passed = this.#waiting.splice(0, pending < 0 ? this.#waiting.length : pending);
    this.#reached = passed.at(-1)?.at ?? this.#reached;
  }
}
