// What must be read again on one node, gathered until it is quiet: a doorbell rings many times for one change.
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';

/** DESIGN §5: the state is re-read this long after the first ring, with all that rang since. */
const debounceMs = 100;
/** Readings may take at most this share of the time on a node that never stops ringing. */
const quietFactor = 2;
/** Longer rests would show a change later than within a second. */
const longestRestMs = 500;

/** Runs `read` for the parts that rang, one reading at a time, never more often than the node can bear. */
export class RereadQueue {
  readonly #read: (parts: ReadonlySet<DiscoveryPart>) => Promise<void>;
  #wanted = new Set<DiscoveryPart>();
  #timer: NodeJS.Timeout | null = null;
  #reading = false;
  #notBefore = 0;
  #closed = false;

  constructor(read: (parts: ReadonlySet<DiscoveryPart>) => Promise<void>) {
    this.#read = read;
  }

  ring(parts: Iterable<DiscoveryPart>): void {
    for (const part of parts) this.#wanted.add(part);
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#closed || this.#reading || this.#timer !== null || this.#wanted.size === 0) return;
    const wait = Math.max(debounceMs, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#run();
    }, wait);
  }

  async #run(): Promise<void> {
    const parts = this.#wanted;
    this.#wanted = new Set();
    this.#reading = true;
    const began = performance.now();
    try {
      await this.#read(parts);
    } finally {
      const took = performance.now() - began;
      this.#notBefore = performance.now() + Math.min(took * quietFactor, longestRestMs);
      this.#reading = false;
      this.#arm();
    }
  }
}
