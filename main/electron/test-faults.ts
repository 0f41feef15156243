// What the end-to-end tests do to the real program beside its page. Only an unpackaged one that is told to listens.
import type { Engine } from '../engine/engine.ts';

/** What an engine can do to itself for a test. */
export interface FaultyEngine {
  /** Ends the worker that builds the topology as a crash would. */
  killWorkerForTest?(): void;
  /** The same for the one that decodes packets. */
  killPacketWorkerForTest?(): void;
}

/** SIGUSR2 kills the topology worker, SIGPWR the packet worker: Node and Chromium have no use for either. */
export function listenForTestFaults(engine: Engine & FaultyEngine, packaged: boolean): void {
  if (!isTested(packaged)) return;
  process.on('SIGUSR2', () => {
    engine.killWorkerForTest?.();
  });
  process.on('SIGPWR', () => {
    engine.killPacketWorkerForTest?.();
  });
}

/** Where a test wants what a person would be asked a place for: the system's dialog is no page. Null: ask. */
export function placeForTest(packaged: boolean): string | null {
  return isTested(packaged) ? (process.env['HOPSCOPE_TEST_SAVE_AS'] ?? null) : null;
}

function isTested(packaged: boolean): boolean {
  return !packaged && process.env['HOPSCOPE_TEST'] === '1';
}
