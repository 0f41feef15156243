// Faults that the end-to-end tests cause in the real program. Only an unpackaged one that is told to listens.
import type { Engine } from '../engine/engine.ts';

/** What an engine can do to itself for a test. */
export interface FaultyEngine {
  /** Ends the engine's worker as a crash would. */
  killWorkerForTest?(): void;
}

/** SIGUSR2 kills the engine's worker. */
export function listenForTestFaults(engine: Engine & FaultyEngine, packaged: boolean): void {
  if (packaged || process.env['HOPSCOPE_TEST'] !== '1') return;
  process.on('SIGUSR2', () => {
    engine.killWorkerForTest?.();
  });
}
