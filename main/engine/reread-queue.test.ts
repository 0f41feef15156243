import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { RereadQueue } from './reread-queue.ts';

/** `failing`: numbers of the readings that fail, from 1. */
function recorder(readMs: number, failing: ReadonlySet<number> = new Set()) {
  const readings: { parts: DiscoveryPart[]; at: number }[] = [];
  let parallel = 0;
  let most = 0;
  const began = performance.now();
  const queue = new RereadQueue(async (parts) => {
    most = Math.max(most, ++parallel);
    readings.push({ parts: [...parts].sort(), at: performance.now() - began });
    await new Promise((resolve) => setTimeout(resolve, readMs));
    parallel--;
    return !failing.has(readings.length);
  });
  return { queue, readings, most: () => most };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

describe('the queue of what to read again', () => {
  it('makes one reading of many rings', async () => {
    const { queue, readings } = recorder(1);
    for (let i = 0; i < 50; i++) queue.ring(i % 2 === 0 ? ['links'] : ['routes', 'pods']);
    await pass(5_000);
    expect(readings).toEqual([{ parts: ['links', 'pods', 'routes'], at: 100 }]);
  });

  it('does not put the reading off while it keeps ringing', async () => {
    const { queue, readings } = recorder(1);
    for (let i = 0; i < 10; i++) {
      queue.ring(['links']);
      await pass(25);
    }
    // It rang during the first reading, too: the second is due from that one's end on.
    expect(readings.map(({ at }) => at)).toEqual([100, 201]);
    queue.close();
  });

  it('reads again what rang during a reading, never two at once, and leaves a slow node rest', async () => {
    const { queue, readings, most } = recorder(120);
    queue.ring(['links']);
    await pass(150);
    queue.ring(['bird']);
    await pass(5_000);
    // Read from 100 to 220 ms, then left alone for twice as long as that took.
    expect(readings).toEqual([
      { parts: ['links'], at: 100 },
      { parts: ['bird'], at: 460 },
    ]);
    expect(most()).toBe(1);
  });

  it('keeps the parts of a reading that failed, and reads them with what rang since', async () => {
    const { queue, readings } = recorder(1, new Set([1, 2]));
    queue.ring(['links', 'pods']);
    await pass(150);
    queue.ring(['bird']);
    await pass(10_000);
    const all = ['bird', 'links', 'pods'];
    expect(readings).toEqual([
      { parts: ['links', 'pods'], at: 100 },
      { parts: all, at: 101 + 1_000 },
      { parts: all, at: 1_102 + 2_000 },
    ]);
  });

  it('reads at once when told to, and tells when that was done', async () => {
    const { queue, readings } = recorder(30);
    let told = false;
    void queue.readNow(['links', 'routes']).then(() => (told = true));
    await pass(0);
    expect([readings, told]).toEqual([[{ parts: ['links', 'routes'], at: 0 }], false]);
    await pass(30);
    expect(told).toBe(true);
    const closed = queue.readNow(['pods']);
    queue.close();
    await closed;
  });

  it('is silent after close', async () => {
    const { queue, readings } = recorder(1);
    queue.ring(['links']);
    queue.close();
    queue.ring(['links']);
    await pass(5_000);
    expect(readings).toEqual([]);
  });
});
