import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../app/contract/session.ts';
import { buildView } from '../dev/plan-view.ts';
import { classic } from '../dev/plans.ts';
import { asOfText, lastReadText, oldestFactsAt, staleStanding, standingsOf } from './standing.ts';

const NOW = Date.UTC(2026, 10, 24, 14, 2, 30);
const { nodes } = buildView(classic, 'lab', NOW);

function withNode(label: string, change: Partial<NodeStatus>): NodeStatus[] {
  return nodes.map((node) => (node.label === label ? { ...node, ...change } : node));
}

describe('standings', () => {
  const first = standingsOf(nodes, []);
  it('are the same object while current nodes are only read again', () => {
    const reread = withNode('k8s-worker-1', { lastFactsAt: NOW });
    expect(standingsOf(reread, first)).toBe(first);
  });
  it('change for the node that changed, and for no other', () => {
    const lost = standingsOf(withNode('k8s-worker-2', { state: 'stale', since: NOW }), first);
    expect(lost).not.toBe(first);
    expect(lost[2]).toMatchObject({ state: 'stale', lastFactsAt: NOW - 2_300 });
    expect(lost[0]).toBe(first[0]);
  });
});

describe('a node’s facts', () => {
  it('hold while it is connected and has been read since', () => {
    expect(staleStanding(standingsOf(nodes, []), 'k8s-worker-2')).toBeNull();
    expect(staleStanding(standingsOf(nodes, []), 'no such node')).toBeNull();
  });
  it.each([
    ['stale', 'as of 14:02:11 UTC · k8s-worker-2 is stale'],
    ['waiting', 'as of 14:02:11 UTC · k8s-worker-2 is not connected'],
    ['failed', 'as of 14:02:11 UTC · k8s-worker-2 cannot be connected'],
    ['connecting', 'as of 14:02:11 UTC · k8s-worker-2 is reconnecting'],
    ['connected', 'as of 14:02:11 UTC · k8s-worker-2 is not read again yet'],
  ] as const)('may no longer hold when it is %s', (state, said) => {
    const change = { state, since: NOW - 12_000, lastFactsAt: NOW - 19_000 };
    const standing = staleStanding(standingsOf(withNode('k8s-worker-2', change), []), 'k8s-worker-2');
    expect(standing).not.toBeNull();
    if (standing === null) return;
    expect(asOfText(standing)).toBe(said);
    expect(lastReadText(standing, NOW)).toBe('last read 19 s ago');
  });
});

it('the oldest facts shown are those of a node that no longer answers', () => {
  const lost = withNode('k8s-worker-2', { state: 'waiting', lastFactsAt: NOW - 19_000 });
  expect(oldestFactsAt(nodes)).toBe(NOW - 2_300);
  expect(oldestFactsAt(lost)).toBe(NOW - 19_000);
  expect(oldestFactsAt(nodes.map((node) => ({ ...node, lastFactsAt: null })))).toBeNull();
});
