// When this program stood still: its machine slept, or somebody stopped it. Nodes that hear nothing of us for ten seconds end what they run
// for us (main/node/guard-script.ts), and that is nobody else's doing.
import os from 'node:os';
import { clockTime } from './clock-time.ts';

/** ms, our clock. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** ms between two looks: no busy machine lets a second wait so long, and no guard ends sooner. */
const longestMs = 8_000;
/** Those before are old news. */
const mostKept = 10;

export class StandStills {
  readonly #uptime: () => number;
  #lookedAt: number;
  #kept: readonly Stretch[] = [];

  /** @param uptime of the machine, s: goes on while it sleeps (CLOCK_BOOTTIME), and nobody sets it */
  constructor(uptime: () => number = os.uptime) {
    this.#uptime = uptime;
    this.#lookedAt = uptime();
  }

  /** Once a second. */
  look(now: number): void {
    const uptime = this.#uptime();
    const ms = (uptime - this.#lookedAt) * 1_000;
    this.#lookedAt = uptime;
    if (ms >= longestMs) this.#kept = [...this.#kept, { from: now - ms, to: now }].slice(-mostKept);
  }

  /** Why something ended then and was begun anew; null: not for that. */
  reason({ from, to }: Stretch): string | null {
    const still = this.#kept.findLast((one) => one.from <= to && from <= one.to);
    if (still === undefined) return null;
    return `Hopscope stood still from ${clockTime(still.from)} to ${clockTime(still.to)} (its machine slept, or somebody stopped it), and nodes end their captures then; they were begun anew.`;
  }
}
