// What must be read again on one node, gathered until it is quiet: a doorbell rings many times for one change.
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';

/** DESIGN §5: the state is re-read this long after the first ring, with all that rang since. */
const debounceMs = 100;
/** A node that never stops ringing is left alone for twice as long as a reading took … */
const quietFactor = 2;
/** … but longer rests would show a change later than within a second. */
const longestRestMs = 500;
/** After a reading that failed, doubling. */
const retryMs = { first: 1_000, longest: 10_000 };

/**
 * Runs `read` for the parts that rang, one reading at a time, never more often than the node can bear. `read`
 * resolves to false when it failed: its parts stay wanted.
 */
export class RereadQueue {
  readonly #read: (parts: ReadonlySet<DiscoveryPart>) => Promise<boolean>;
  #wanted = new Set<DiscoveryPart>();
  #timer: NodeJS.Timeout | null = null;
  #reading = false;
  #notBefore = 0;
  #failures = 0;
  #closed = false;
  readonly #waiting: (() => void)[] = [];

  constructor(read: (parts: ReadonlySet<DiscoveryPart>) => Promise<boolean>) {
    this.#read = read;
  }

  ring(parts: Iterable<DiscoveryPart>): void {
    for (const part of parts) this.#wanted.add(part);
    this.#arm(debounceMs);
  }

  /** As `ring`, without waiting for more rings; resolves after the next reading, whatever came of it. */
  readNow(parts: Iterable<DiscoveryPart>): Promise<void> {
    for (const part of parts) this.#wanted.add(part);
    return new Promise((resolve) => {
      if (this.#closed) resolve();
      else this.#waiting.push(resolve);
      this.#arm(0);
    });
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #arm(ms: number): void {
    if (this.#closed || this.#reading || this.#timer !== null || this.#wanted.size === 0) return;
    const wait = Math.max(ms, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#run();
    }, wait);
  }

  async #run(): Promise<void> {
    const parts = this.#wanted;
    const waiting = this.#waiting.splice(0);
    this.#wanted = new Set();
    this.#reading = true;
    const began = performance.now();
    const done = await this.#read(parts);
    if (done) {
      this.#failures = 0;
      const took = performance.now() - began;
      this.#notBefore = performance.now() + Math.min(took * quietFactor, longestRestMs);
    } else {
      for (const part of parts) this.#wanted.add(part);
      this.#notBefore = performance.now() + Math.min(retryMs.first * 2 ** this.#failures, retryMs.longest);
      this.#failures++;
    }
    this.#reading = false;
    for (const resolve of waiting) resolve();
    this.#arm(debounceMs);
  }
}
