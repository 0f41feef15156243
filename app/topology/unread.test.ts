import { expect, it } from 'vitest';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { buildTopology, emptyTopology } from './build.ts';
import { a, build, node } from './testing/scenario.ts';
import { inputOf } from './testing/synthetic-node.ts';

const nothingUnread = { routes: null, insidesOfPods: null };

it('what was read and is empty is not called unread', () => {
  expect(node(build([a(1000)]), 'a')?.unread).toEqual(nothingUnread);
});

it('says of Pods into which this login may not look', () => {
  expect(node(build([a(1000, { blind: true })]), 'a')?.unread).toEqual({
    ...nothingUnread,
    insidesOfPods: 'This login may not see pods.',
  });
});

it.each([
  [
    'routes that could not be read',
    { state: 'missing-tool' as const, sentence: 'ip is not installed there.' },
  ],
  ['routes of a family that could not be read', { state: 'failed' as const, sentence: '“ip” failed.' }],
])('says of %s', (_, lost) => {
  const input = inputOf([a(1000)]);
  const reading = input.readings['a'];
  if (reading === undefined) throw new Error('no reading of a');
  const { snapshot } = reading;
  const without = (part: 'routes4' | 'routes6'): NodeSnapshot => ({
    ...snapshot,
    [part]: { ...lost, evidence: [], at: null, value: null },
  });
  for (const part of ['routes4', 'routes6'] as const) {
    const readings = { a: { ...reading, snapshot: without(part) } };
    const topology = buildTopology(emptyTopology('test'), { ...input, readings });
    expect(node(topology, 'a')?.unread).toEqual({ ...nothingUnread, routes: lost.sentence });
  }
});

it('says of what an answer that was cut off did not come to', () => {
  const input = inputOf([a(1000)]);
  const reading = input.readings['a'];
  if (reading === undefined) throw new Error('no reading of a');
  const cutOff = 'The answer of a was cut off in “addresses”.';
  const snapshot = { ...reading.snapshot, routes4: null, routes6: null, pods: null, cutOff };
  const topology = buildTopology(emptyTopology('test'), {
    ...input,
    readings: { a: { ...reading, snapshot } },
  });
  expect(node(topology, 'a')?.unread).toEqual({ routes: cutOff, insidesOfPods: cutOff });
});
