// Whom alone a watch is with, by the addresses that it has now and had before: Pods behind a Service are replaced, and one that is made anew has
// another, but who is being ended still talks, and one look may miss what is there.
import type { Result } from '../../app/result.ts';
import type { OtherEnd } from './watch.ts';

/** ms between two times that it is asked for: once something has changed, and anyhow, for rules change without the topology. */
const againMs = { changed: 2_000, anyhow: 10_000 } as const;

export interface AskedEndOptions {
  readonly first: OtherEnd;
  /** As it is now; the failure is a sentence. Null: it stays what it was. */
  readonly ask: (() => Promise<Result<OtherEnd, string>>) | null;
  /** ms */
  readonly now: () => number;
  /** Whether one filter holds all of these. */
  readonly fits: (addresses: readonly string[]) => boolean;
  /** It has an address or a Pod that it had not before. */
  readonly onFound: (end: OtherEnd) => void;
}

export class AskedEnd {
  readonly #options: AskedEndOptions;
  #current: OtherEnd;
  #askedAt: number;
  #moved = false;
  #isAsking = false;

  constructor(options: AskedEndOptions) {
    this.#options = options;
    this.#current = options.first;
    this.#askedAt = options.now();
  }

  get current(): OtherEnd {
    return this.#current;
  }

  /** What is known of the cluster changed. */
  moved(): void {
    this.#moved = true;
  }

  /** Once a second. Resolves when it is known, or nobody can say. */
  async second(): Promise<void> {
    const { ask, now } = this.#options;
    const age = now() - this.#askedAt;
    if (ask === null || this.#isAsking || age < (this.#moved ? againMs.changed : againMs.anyhow)) return;
    [this.#isAsking, this.#moved, this.#askedAt] = [true, false, now()];
    try {
      const found = await ask();
      // Who is gone may come back: until then nothing is to be begun anew.
      if (found.ok) this.#take(found.value);
    } finally {
      this.#isAsking = false;
    }
  }

  #take(found: OtherEnd): void {
    const { addresses, podIds } = this.#current;
    const isGrown = found.addresses.some((one) => !addresses.includes(one));
    if (!isGrown && found.podIds.every((one) => podIds.includes(one))) return;
    this.#current = { ...found, addresses: isGrown ? this.#grown(found.addresses) : addresses };
    this.#options.onFound(this.#current);
  }

  /** Who had it before may be in use still: it goes once there is no room for it. */
  #grown(found: readonly string[]): readonly string[] {
    const all = [...new Set([...found, ...this.#current.addresses])];
    return this.#options.fits(all) ? all : found;
  }
}
