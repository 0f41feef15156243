// What the end-to-end tests do to the real program beside its page. Only an unpackaged one that is told to listens.
import type { Engine } from '../engine/engine.ts';

/** What an engine can do to itself for a test. */
export interface FaultyEngine {
  /** Ends the engine's worker as a crash would. */
  killWorkerForTest?(): void;
}

/** SIGUSR2 kills the engine's worker. */
export function listenForTestFaults(engine: Engine & FaultyEngine, packaged: boolean): void {
  if (!isTested(packaged)) return;
  process.on('SIGUSR2', () => {
    engine.killWorkerForTest?.();
  });
}

/** Where a test wants what a person would be asked a place for: the system's dialog is no page. Null: ask. */
export function placeForTest(packaged: boolean): string | null {
  return isTested(packaged) ? (process.env['HOPSCOPE_TEST_SAVE_AS'] ?? null) : null;
}

function isTested(packaged: boolean): boolean {
  return !packaged && process.env['HOPSCOPE_TEST'] === '1';
}
