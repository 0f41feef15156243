import { expect, it } from 'vitest';
import type { ScopeCell } from '../../../app/trace/probe-model.ts';
import { cellResult, scopeRows } from './scope-rows.ts';

const cell = (more: Partial<ScopeCell>): ScopeCell => ({
  direction: 'forth',
  from: 'asked',
  to: 'asked',
  fromName: 'a',
  toName: 'b',
  proto: 'icmp',
  port: null,
  size: 'small',
  bytes: 84,
  predicted: 'delivered',
  predictedWhy: '',
  probed: null,
  probedWhy: null,
  ...more,
});

it('both directions of the same two stand in one row, the way forth first; what was not tried is left out', () => {
  const forth = cell({});
  const back = cell({ direction: 'back', fromName: 'b', toName: 'a' });
  const toNode = cell({ to: 'node', toName: 'worker-2' });
  const fromNode = cell({
    direction: 'back',
    from: 'node',
    fromName: 'worker-2',
    toName: 'a',
    proto: 'udp',
    port: 33_434,
  });
  const tcp = cell({ proto: 'tcp', port: 8080 });
  const { columns, rows } = scopeRows([forth, back, toNode, fromNode, tcp]);
  expect(columns.map(({ direction, words }) => `${direction} ${words}`)).toEqual([
    'forth ping',
    'forth TCP 8080',
    'back ping',
    'back UDP',
  ]);
  expect(rows.map(({ a, b, aName, bName }) => [a, b, aName, bName])).toEqual([
    ['asked', 'asked', 'a', 'b'],
    ['asked', 'node', 'a', 'worker-2'],
  ]);
  expect(rows[0]?.cells).toEqual([forth, tcp, back, null]);
  expect(rows[1]?.cells).toEqual([toNode, null, null, fromNode]);
});

it('where packets were sent, what they say counts, and what was not sent is not known', () => {
  const rejected = cell({ predicted: 'rejected', probed: 'passes' });
  expect([cellResult(rejected, 'model'), cellResult(rejected, 'probes')]).toEqual(['fails', 'passes']);
  expect(cellResult(cell({ predicted: 'unknown' }), 'model')).toBe('unknown');
  expect(cellResult(cell({}), 'probes')).toBe('unknown');
});
