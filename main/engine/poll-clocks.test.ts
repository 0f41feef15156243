import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DiscoveryPart } from '../../app/probe/discovery-script.ts';
import { PollClocks, type Polled } from './poll-clocks.ts';

const polled: readonly Polled[] = [
  { parts: ['counters'], everyMs: { seen: 2_000, unseen: 10_000 } },
  { parts: ['firewall', 'settings'], everyMs: { seen: 10_000, unseen: 10_000 } },
];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('what is polled at one pace is asked for in time, however often somebody looks here and away', () => {
  const rung: (readonly DiscoveryPart[])[] = [];
  const clocks = new PollClocks(polled, (parts) => rung.push(parts));
  for (let at = 0; at < 150; at += 1) {
    clocks.setPace(at % 2 === 0 ? 'seen' : 'unseen');
    vi.advanceTimersByTime(200);
  }
  expect(rung.filter((parts) => parts.includes('firewall'))).toHaveLength(3);
  clocks.close();
});

it('the pace is what was set last, and after the end there is none', () => {
  const rung: (readonly DiscoveryPart[])[] = [];
  const clocks = new PollClocks(polled, (parts) => rung.push(parts));
  vi.advanceTimersByTime(60_000);
  expect(rung).toEqual([]);
  clocks.setPace('unseen');
  vi.advanceTimersByTime(10_000);
  expect(rung).toEqual([['counters'], ['firewall', 'settings']]);
  clocks.setPace('seen');
  vi.advanceTimersByTime(4_000);
  expect(rung.slice(2)).toEqual([['counters'], ['counters']]);
  clocks.close();
  vi.advanceTimersByTime(60_000);
  expect(rung).toHaveLength(4);
});
