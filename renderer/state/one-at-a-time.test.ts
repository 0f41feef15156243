import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { MOST_MS, OneAtATime } from './one-at-a-time.ts';

interface Asked {
  readonly subject: string;
  readonly version: number;
  readonly settle: (outcome: 'answer' | 'fail') => Promise<void>;
}

/** An asker whose answers come when the test says so; `told` are those that reached the page. */
function asker() {
  const asked: Asked[] = [];
  const told: { subject: string; version: number | null }[] = [];
  let open = 0;
  let mostOpen = 0;
  const one = new OneAtATime<number>({
    answered: (version, subject) => told.push({ subject, version }),
    failed: (_, subject) => told.push({ subject, version: null }),
  });
  const put = (subject: string, version: number, everyMs: number | null = null): void => {
    one.ask({
      subject,
      everyMs,
      ask: () => {
        open += 1;
        mostOpen = Math.max(mostOpen, open);
        return new Promise((resolve, reject) => {
          const settle = async (outcome: 'answer' | 'fail'): Promise<void> => {
            open -= 1;
            if (outcome === 'answer') resolve(version);
            else reject(new Error('no answer'));
            await vi.advanceTimersByTimeAsync(0);
          };
          asked.push({ subject, version, settle });
        });
      },
    });
  };
  return { one, put, asked, told, mostOpen: () => mostOpen };
}

const versions = (list: readonly { readonly version: number | null }[]): (number | null)[] =>
  list.map(({ version }) => version);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('one question at a time', () => {
  it('keeps of those that come while one is in flight the newest alone', async () => {
    const { put, asked, told } = asker();
    put('10.0.0.1', 1);
    put('10.0.0.1', 2);
    put('10.0.0.1', 3);
    expect(versions(asked)).toEqual([1]);
    await asked[0]?.settle('answer');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(versions(asked)).toEqual([1, 3]);
    await asked[1]?.settle('answer');
    expect(versions(told)).toEqual([1, 3]);
  });

  it('tells no answer to a question that another one took the place of, and asks that one at once', async () => {
    const { put, asked, told } = asker();
    put('10.0.0.1', 1);
    put('10.0.0.2', 2);
    await asked[0]?.settle('answer');
    expect(told).toEqual([]);
    expect(versions(asked)).toEqual([1, 2]);
    await asked[1]?.settle('fail');
    expect(told).toEqual([{ subject: '10.0.0.2', version: null }]);
    put('10.0.0.3', 3);
    expect(versions(asked)).toEqual([1, 2, 3]);
  });

  it('rests between two answers to the same, however often it is put', async () => {
    const { put, asked } = asker();
    for (let version = 0; version < 600; version += 1) {
      put('10.0.0.1', version);
      await asked.at(-1)?.settle('answer');
      await vi.advanceTimersByTimeAsync(16);
    }
    // 9.6 seconds of a change a frame.
    expect(asked.length).toBeLessThanOrEqual(97);
    expect(asked.length).toBeGreaterThan(60);
  });

  it('asks by the clock after each answer, also after one that failed, until it is left', async () => {
    const { one, put, asked } = asker();
    put('', 1, 2_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(1);
    await asked[0]?.settle('fail');
    await vi.advanceTimersByTimeAsync(1_999);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(2);
    await asked[1]?.settle('answer');
    one[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(2);
  });

  it('gives up one that is never answered, says so, and asks the next; what comes after that is not told', async () => {
    const { put, asked, told } = asker();
    put('10.0.0.1', 1);
    put('10.0.0.1', 2);
    await vi.advanceTimersByTimeAsync(MOST_MS - 1);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([{ subject: '10.0.0.1', version: null }]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(versions(asked)).toEqual([1, 2]);
    await asked[0]?.settle('answer');
    expect(told).toHaveLength(1);
    // Another takes its place as soon as it has failed.
    put('10.0.0.2', 3);
    await vi.advanceTimersByTimeAsync(MOST_MS);
    expect(versions(asked)).toEqual([1, 2, 3]);
    await asked[2]?.settle('answer');
    expect(told.at(-1)).toEqual({ subject: '10.0.0.2', version: 3 });
  });

  it('is never two at once nor out of order, and comes to the newest, whatever comes when', async () => {
    const step = fc.oneof(
      fc.record({ put: fc.constantFrom('a', 'b') }),
      fc.record({ settle: fc.constantFrom('answer', 'fail') }),
      fc.record({ wait: fc.nat(400) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { put, asked, told, mostOpen } = asker();
        let version = 0;
        let newest = '';
        let settled = 0;
        const settleNext = async (outcome: 'answer' | 'fail'): Promise<void> => {
          const before = told.length;
          await asked[settled++]?.settle(outcome);
          // What is told is about what is asked now.
          expect(told.slice(before).every(({ subject }) => subject === newest)).toBe(true);
        };
        for (const step of steps) {
          if ('put' in step) put((newest = step.put), (version += 1));
          else if ('wait' in step) await vi.advanceTimersByTimeAsync(step.wait);
          else if (settled < asked.length) await settleNext(step.settle);
        }
        do {
          if (settled < asked.length) await settleNext('answer');
          await vi.advanceTimersByTimeAsync(1_000);
        } while (settled < asked.length);
        expect(mostOpen()).toBeLessThanOrEqual(1);
        const order = versions(told).filter((each) => each !== null);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        expect(asked.at(-1)?.version ?? 0).toBe(version);
      }),
      { numRuns: runs(200) },
    );
  });
});
