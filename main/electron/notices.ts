// What happened to the window itself (its page crashed, a worker was restarted by hand): said in the same list as
// the engine's notices, so that the page has one place to look.
import type { Notice, SessionView } from '../../app/contract/session.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { SessionSource } from './session-feed.ts';

/** Older ones go: a notice is read or it is history. */
const KEPT = 20;

export class WindowNotices implements SessionSource {
  readonly #engine: SessionSource;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #own: readonly Notice[] = [];
  #merged: {
    readonly from: SessionView;
    readonly own: readonly Notice[];
    readonly view: SessionView;
  } | null = null;

  /** @param now ms since the epoch. */
  constructor(engine: SessionSource, now: () => number) {
    this.#engine = engine;
    this.#now = now;
  }

  add(level: Notice['level'], sentence: string): void {
    // Negative, so that they never meet the engine's own ids.
    const id = (this.#own[0]?.id ?? 0) - 1;
    this.#own = [{ id, level, sentence, at: this.#now() }, ...this.#own].slice(0, KEPT);
    for (const listener of [...this.#listeners]) listener();
  }

  /** The same object until the engine's view or a notice changes. */
  get view(): SessionView {
    const from = this.#engine.view;
    if (this.#own.length === 0) return from;
    if (this.#merged?.from !== from || this.#merged.own !== this.#own) {
      const notices = [...from.notices, ...this.#own].sort((a, b) => a.at - b.at);
      this.#merged = { from, own: this.#own, view: { ...from, notices } };
    }
    return this.#merged.view;
  }

  get topology(): Topology {
    return this.#engine.topology;
  }

  subscribe(listener: () => void): () => void {
    const unsubscribe = this.#engine.subscribe(listener);
    this.#listeners.add(listener);
    return () => {
      unsubscribe();
      this.#listeners.delete(listener);
    };
  }
}
