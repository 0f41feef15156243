import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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
    await sleep(readMs);
    parallel--;
    return !failing.has(readings.length);
  });
  return { queue, readings, most: () => most };
}

describe('the queue of what to read again', () => {
  it('makes one reading of many rings', async () => {
    const { queue, readings } = recorder(1);
    for (let i = 0; i < 50; i++) queue.ring(i % 2 === 0 ? ['links'] : ['routes', 'pods']);
    await sleep(180);
    expect(readings.map(({ parts }) => parts)).toEqual([['links', 'pods', 'routes']]);
    expect(readings[0]?.at).toBeGreaterThanOrEqual(95);
  });

  it('does not put the reading off while it keeps ringing', async () => {
    const { queue, readings } = recorder(1);
    for (let i = 0; i < 10; i++) {
      queue.ring(['links']);
      await sleep(25);
    }
    expect(readings.length).toBeGreaterThanOrEqual(2);
    queue.close();
  });

  it('reads again what rang during a reading, never two at once, and leaves a slow node rest', async () => {
    const { queue, readings, most } = recorder(120);
    queue.ring(['links']);
    await sleep(150);
    queue.ring(['bird']);
    await sleep(900);
    expect(readings.map(({ parts }) => parts)).toEqual([['links'], ['bird']]);
    expect(most()).toBe(1);
    expect((readings[1]?.at ?? 0) - (readings[0]?.at ?? 0)).toBeGreaterThan(350);
  });

  it('keeps the parts of a reading that failed, and reads them with what rang since', async () => {
    const { queue, readings } = recorder(1, new Set([1, 2]));
    queue.ring(['links', 'pods']);
    await sleep(150);
    queue.ring(['bird']);
    await sleep(3_500);
    expect(readings.map(({ parts }) => parts)).toEqual([
      ['links', 'pods'],
      ['bird', 'links', 'pods'],
      ['bird', 'links', 'pods'],
    ]);
    const gap = (n: number) => (readings[n]?.at ?? 0) - (readings[n - 1]?.at ?? 0);
    expect(gap(1)).toBeGreaterThan(950);
    expect(gap(2)).toBeGreaterThan(1_950);
  });

  it('reads at once when told to, and tells when that was done', async () => {
    const { queue, readings } = recorder(30);
    await queue.readNow(['links', 'routes']);
    expect(readings).toHaveLength(1);
    expect(readings[0]?.at).toBeLessThan(60);
    const closed = queue.readNow(['pods']);
    queue.close();
    await closed;
  });

  it('is silent after close', async () => {
    const { queue, readings } = recorder(1);
    queue.ring(['links']);
    queue.close();
    queue.ring(['links']);
    await sleep(150);
    expect(readings).toEqual([]);
  });
});
