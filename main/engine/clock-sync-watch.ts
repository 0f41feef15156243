// While a watch runs: each of its nodes is asked now and then how right its clock is, as its own synchronisation says.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockSync } from '../../app/probe/clock-sync.ts';
import type { CapturingNode } from './kept-capture.ts';

/** ms: what was said is good for two minutes (app/watch/clocks/sync-bounds.ts), and one answer may be missed. */
const everyMs = 45_000;
/** ms: the first packets are waited for, and this is not. */
const firstAfterMs = 2_000;

export class ClockSyncWatch implements Disposable {
  readonly #over = new AbortController();

  constructor(
    nodes: () => readonly CapturingNode[],
    onSync: (label: string, sync: ClockSync) => void,
    firstAfter = firstAfterMs,
  ) {
    void this.#ask(nodes, onSync, firstAfter);
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #ask(
    nodes: () => readonly CapturingNode[],
    onSync: (label: string, sync: ClockSync) => void,
    firstAfter: number,
  ): Promise<void> {
    const { signal } = this.#over;
    const rested = (ms: number): Promise<boolean> =>
      sleep(ms, true, { signal, ref: false }).catch(() => false);
    for (let rest = firstAfter; await rested(rest); rest = everyMs) {
      await Promise.all(
        nodes().map(async (node) => {
          const sync = node.standing === null ? null : await node.clockSync({ signal });
          if (sync !== null && !signal.aborted) onSync(node.label, sync);
        }),
      );
    }
  }
}
