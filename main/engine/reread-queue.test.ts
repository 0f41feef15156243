import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { RereadQueue } from './reread-queue.ts';

function recorder(readMs: number) {
  const readings: { parts: DiscoveryPart[]; at: number }[] = [];
  let parallel = 0;
  let most = 0;
  const began = performance.now();
  const queue = new RereadQueue(async (parts) => {
    most = Math.max(most, ++parallel);
    readings.push({ parts: [...parts].sort(), at: performance.now() - began });
    await sleep(readMs);
    parallel--;
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
    expect((readings[1]?.at ?? 0) - (readings[0]?.at ?? 0)).toBeGreaterThan(120 * 3);
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
