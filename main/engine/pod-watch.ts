// The watch of one Pod: which captures there should be, and keeping them so.
import { noWatch, type PacketRows, type PacketWindow, type WatchView } from '../../app/contract/watch.ts';
import { fail, type Result } from '../../app/result.ts';
import type { Refusal } from './engine.ts';
import type { InterfaceCounts, Watch } from './watch.ts';

export class PodWatch implements Watch, AsyncDisposable {
  readonly #listeners = new Set<() => void>();
  readonly view: WatchView = noWatch;
  readonly counts: ReadonlyMap<string, InterfaceCounts> = new Map();

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): Promise<Result<void, Refusal>> {
    return Promise.resolve(fail({ sentence: 'Hopscope cannot capture yet.' }));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  rows(window: PacketWindow): Promise<PacketRows> {
    return Promise.resolve({ run: 0, window, first: 0, end: 0, from: 0, rows: [], filterError: null });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
