import { expect, it } from 'vitest';
import { dueSigns, MOST_PAINTED } from './ending-signs.ts';
import type { Ending } from './endings.ts';

const ending = (count = 1): Ending => ({
  ...{ interfaceId: 'if:a', inbound: true, verdict: 'dropped', count, since: 0, until: 3_000 },
});

it('signs that have waited longest are painted first, so that a few a frame reach all of them', () => {
  const endings = Array.from({ length: MOST_PAINTED + 5 }, () => ending());
  const painted = new Map<Ending, { count: number; scale: number; at: number }>();
  /** Which of them are painted. */
  const frame = (now: number, scale = 1): number[] => {
    const due = dueSigns(endings, painted, { scale, now }).slice(0, MOST_PAINTED);
    for (const each of due) painted.set(each, { count: each.count, scale, at: now });
    return due.map((each) => endings.indexOf(each));
  };
  const all = [...endings.keys()];
  const [first, rest] = [all.slice(0, MOST_PAINTED), all.slice(MOST_PAINTED)];
  expect(frame(0)).toEqual(first);
  for (const each of endings) each.count += 1;
  expect(frame(16), 'what has no sign before what has an old one').toEqual(rest);
  expect(frame(399), 'nobody reads what changes more often').toEqual([]);
  expect(frame(416)).toEqual(first);
  expect(frame(432), 'the number is the same').toEqual([]);
  // Zoomed: all of them, a few at a time.
  expect(frame(448, 2)).toEqual([...rest, ...first.slice(0, MOST_PAINTED - rest.length)]);
  expect(frame(464, 2)).toEqual(first.slice(MOST_PAINTED - rest.length));
  expect(frame(480, 2)).toEqual([]);
});
