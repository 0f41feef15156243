import { expect, it } from 'vitest';
import type { NodeStatus } from '../../app/contract/session.ts';
import { buildView } from '../dev/plan-view.ts';
import { classic } from '../dev/plans.ts';
import { clusterTone } from './cluster-tone.ts';

function toneOf(...states: NodeStatus['state'][]): string {
  const [node] = buildView(classic, 'lab', 0).nodes;
  if (node === undefined) throw new Error('the fixture has no node');
  return clusterTone(states.map((state) => ({ ...node, state })));
}

it.each([
  [['connected', 'connected'], 'ok'],
  [['connecting', 'connecting'], 'busy'],
  [['connected', 'connecting'], 'busy'],
  [['connected', 'failed'], 'warn'],
  [['connecting', 'failed'], 'warn'],
  [['stale', 'failed'], 'bad'],
] as const)('%j is %s', (states, tone) => {
  expect(toneOf(...states)).toBe(tone);
});
