// Up to when a capture is decoded or counted as lost (DESIGN §10 "Watermarks"). A tick's counters were read at or after its
// node time, so once as many packets are decoded as then had come and were not dropped (main/node/capture-tally.ts), none
// before it is missing. Where that number is not sure, a later packet tells: they come in their order.
import type { NodeTime } from '../../app/topology/model.ts';

/** A decoder this many seconds behind loses detail: of the ticks that wait, every second is forgotten. */
const mostTicks = 120;

/** Processors that take packets in at the same time put them into one ring this much out of their order. ns */
const disorder = 10_000_000;

interface Tick {
  readonly at: NodeTime;
  readonly packets: number;
  readonly exact: boolean;
  readonly dropped: number;
}

export class Watermark {
  #waiting: Tick[] = [];
  #reached: Tick | null = null;
  #decoded = 0;
  /** Time of the newest packet decoded. */
  #newest: NodeTime | null = null;

  /** Null before the first second. */
  get at(): NodeTime | null {
    return this.#reached?.at ?? null;
  }

  /** By the kernel, as was counted with that second: what was dropped later is not missing before it. */
  get dropped(): number {
    return this.#reached?.dropped ?? 0;
  }

  /** `packets`: how many must be decoded for everything until then to be; not `exact`: perhaps more than that. */
  tick(at: NodeTime, packets: number, exact: boolean, dropped = 0): void {
    this.#waiting.push({ at, packets, exact, dropped });
    if (this.#waiting.length > mostTicks) this.#waiting = this.#waiting.filter((_, index) => index % 2 === 1);
    this.#advance();
  }

  /** Packets decoded since the capture began, and the time of the last one. */
  decoded(packets: number, newest: NodeTime | null): void {
    this.#decoded = packets;
    this.#newest = newest ?? this.#newest;
    this.#advance();
  }

  #advance(): void {
    // Whoever passed a later one has passed those before it.
    const last = this.#waiting.findLastIndex(
      ({ at, packets, exact }) => packets <= this.#decoded && (exact || isAfter(this.#newest, at)),
    );
    const passed = this.#waiting.splice(0, last + 1);
    this.#reached = passed.at(-1) ?? this.#reached;
  }
}

function isAfter(newest: NodeTime | null, at: NodeTime): boolean {
  return newest !== null && (newest.s - at.s) * 1e9 + (newest.ns - at.ns) >= disorder;
}
