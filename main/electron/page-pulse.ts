// Whether the page lives. Chromium's own monitor speaks up only when a person's input goes unanswered, so the page is
// asked, and only while nothing else is heard of it. Counted in ticks, not by a clock: after the machine slept, or
// main itself stood still, the page gets its time all the same.

export const TICK_MS = 1_000;
/** Ticks of silence before it is asked: a page with a session sends credit more often than that. */
const ASK_AFTER = 2;
/** Then so many without an answer: a long layout is over by then, a person's patience too. */
const LOST_AFTER = 10;

export class PagePulse {
  #silent = 0;

  heard(): void {
    this.#silent = 0;
  }

  /** Once every TICK_MS: what to do. `lost` is said once. */
  tick(): 'wait' | 'ask' | 'lost' {
    this.#silent++;
    if (this.#silent === ASK_AFTER) return 'ask';
    return this.#silent === ASK_AFTER + LOST_AFTER ? 'lost' : 'wait';
  }
}
