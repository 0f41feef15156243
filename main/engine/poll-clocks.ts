// The clocks by which a node is asked for what has no stream, some of it more often where somebody looks.
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';

export interface Polled {
  readonly parts: readonly DiscoveryPart[];
  readonly everyMs: { readonly seen: number; readonly unseen: number };
}

export class PollClocks {
  readonly #polled: readonly Polled[];
  readonly #ring: (parts: readonly DiscoveryPart[]) => void;
  /** In the order of `polled`; empty until a pace is set, and once closed. */
  #clocks: { readonly everyMs: number; readonly timer: NodeJS.Timeout }[] = [];

  /** @param ring is told what is due. */
  constructor(polled: readonly Polled[], ring: (parts: readonly DiscoveryPart[]) => void) {
    this.#polled = polled;
    this.#ring = ring;
  }

  /** A clock whose pace stays runs on: else who looks from node to node would put off for ever what is read every ten seconds. */
  setPace(pace: keyof Polled['everyMs']): void {
    this.#clocks = this.#polled.map(({ parts, everyMs }, at) => {
      const clock = this.#clocks[at];
      if (clock?.everyMs === everyMs[pace]) return clock;
      clearInterval(clock?.timer);
      return { everyMs: everyMs[pace], timer: setInterval(() => this.#ring(parts), everyMs[pace]) };
    });
  }

  close(): void {
    for (const { timer } of this.#clocks) clearInterval(timer);
    this.#clocks = [];
  }
}
