import { expect, it } from 'vitest';
import type { TopologyEvent } from '../../app/topology/model.ts';
import { FRESH_MS, freshAfter, nextExpiry, noFreshness, prune } from './freshness.ts';

function event(kind: TopologyEvent['kind'], about: readonly string[]): TopologyEvent {
  return { id: 1, at: { s: 1, ns: 0 }, nodeLabel: 'n', kind, sentence: '', about };
}

it('remembers what events say came and went, by the thing itself and not by its node', () => {
  const fresh = freshAfter(
    noFreshness,
    { events: [event('pod-appeared', ['pod:a', 'node:n']), event('pod-ended', ['pod:b', 'node:n'])] },
    1_000,
  );
  expect([...fresh.appeared]).toEqual([['pod:a', 1_000]]);
  expect([...fresh.ended]).toEqual([['pod:b', 1_000]]);
  expect(nextExpiry(fresh)).toBe(1_000 + FRESH_MS);
});

it('a thing that came and went at once has gone', () => {
  const fresh = freshAfter(
    noFreshness,
    { events: [event('pod-appeared', ['p']), event('pod-ended', ['p'])] },
    5,
  );
  expect(fresh.appeared.has('p')).toBe(false);
  expect(fresh.ended.has('p')).toBe(true);
});

it('forgets in time, and only then', () => {
  const fresh = freshAfter(noFreshness, { events: [event('pod-appeared', ['p'])] }, 0);
  expect(prune(fresh, FRESH_MS - 1).appeared.size).toBe(1);
  expect(prune(fresh, FRESH_MS).appeared.size).toBe(0);
  expect(nextExpiry(noFreshness)).toBeNull();
});

it('a patch without events changes nothing, not even the object', () => {
  expect(freshAfter(noFreshness, { events: [] }, 9)).toBe(noFreshness);
});
