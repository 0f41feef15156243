// Who reads a transport's payload: in tshark's order, first by the lower port, then by the higher, then by what the payload
// itself looks like.
import type { Dissection, Dissector, Step } from './dissection.ts';

/** Whether a payload is this protocol's. Looks only at what `d.has`. */
export type Recogniser = (d: Dissection, at: number, end: number) => boolean;

export interface PayloadReader {
  readonly dissect: Dissector;
  /** Sure enough to say no to a payload on its own port; null: never says no. */
  readonly accepts: Recogniser | null;
}

export interface AnyPortReader {
  readonly dissect: Dissector;
  readonly recognises: Recogniser;
}

export class PortTable {
  readonly #byPort = new Map<number, PayloadReader[]>();
  /** Whose ports may be others at any time: before those above. */
  readonly #byWord: (readonly [PayloadReader, (port: number) => boolean])[] = [];
  readonly #onAnyPort: readonly AnyPortReader[];

  /** Of two readers of one port the first that accepts the payload has it. */
  constructor(
    readers: readonly (readonly [PayloadReader, readonly number[] | ((port: number) => boolean)])[],
    onAnyPort: readonly AnyPortReader[],
  ) {
    for (const [reader, ports] of readers) {
      if (typeof ports === 'function') this.#byWord.push([reader, ports]);
      else
        for (const port of ports) {
          const others = this.#byPort.get(port);
          if (others === undefined) this.#byPort.set(port, [reader]);
          else others.push(reader);
        }
    }
    this.#onAnyPort = onAnyPort;
  }

  choose(d: Dissection, { key, other, at, end }: Step): Dissector | undefined {
    for (const port of [Math.min(key, other), Math.max(key, other)]) {
      const there = [...this.#wordsOf(port), ...(this.#byPort.get(port) ?? [])];
      const reader = there.find(({ accepts }) => accepts === null || accepts(d, at, end));
      if (reader !== undefined) return reader.dissect;
    }
    return this.#onAnyPort.find(({ recognises }) => recognises(d, at, end))?.dissect;
  }

  #wordsOf(port: number): readonly PayloadReader[] {
    return this.#byWord.flatMap(([reader, isIts]) => (isIts(port) ? [reader] : []));
  }
}
