import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Prompt, SessionView } from '../../app/contract/session.ts';
import { waitUntilSettled, type Waited } from './settled.ts';

const question: Prompt = { kind: 'passphrase', id: 'q1', label: 'a', identityFile: '/k', wrongBefore: false };

function session() {
  let changed = (): void => undefined;
  const engine = {
    settled: false,
    inventoryWhole: true,
    view: { prompts: [] as readonly Prompt[] } as SessionView,
    subscribe: (listener: () => void) => {
      changed = listener;
      return () => (changed = () => undefined);
    },
  };
  return {
    engine,
    settle: () => {
      engine.settled = true;
      changed();
    },
    ask: (...prompts: Prompt[]) => {
      engine.view = { ...engine.view, prompts };
      changed();
    },
  };
}

/** What came of it, or null while it waits. */
function waiting(engine: ReturnType<typeof session>['engine'], signal = new AbortController().signal) {
  let waited: Waited | null = null;
  void waitUntilSettled(engine, { signal, timeoutMs: 1_000 }).then((what) => (waited = what));
  return async (ms: number): Promise<Waited | null> => {
    await vi.advanceTimersByTimeAsync(ms);
    return waited;
  };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

it('ends when all is read, late when time ran out, at once when interrupted', async () => {
  const first = session();
  const after = waiting(first.engine);
  first.settle();
  expect(await after(0)).toBe('settled');
  const second = waiting(session().engine);
  expect(await second(999)).toBeNull();
  expect(await second(1)).toBe('late');
  const stop = new AbortController();
  const third = waiting(session().engine, stop.signal);
  stop.abort();
  expect(await third(0)).toBe('interrupted');
});

it('time stands still while the operator reads a fingerprint or types a passphrase', async () => {
  const { engine, ask } = session();
  const after = waiting(engine);
  expect(await after(600)).toBeNull();
  ask(question);
  expect(await after(60_000)).toBeNull();
  ask(question, { ...question, id: 'q2' });
  expect(await after(60_000)).toBeNull();
  ask();
  expect(await after(399)).toBeNull();
  expect(await after(1)).toBe('late');
});
