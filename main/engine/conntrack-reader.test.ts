import { expect, it } from 'vitest';
import { MOST_CONNTRACK_QUESTIONS } from '../../app/probe/conntrack-script.ts';
import type { TraceTracked } from '../../app/trace/model.ts';
import { localTransport } from '../node/testing/local-transport.ts';
import { readTracked } from './conntrack-reader.ts';

const node = localTransport({ argv: (command) => ['unshare', '--net', 'sh', '-c', command] });
const { signal } = new AbortController();

function asked(count: number, extra: Partial<TraceTracked> = {}): TraceTracked[] {
  return Array.from({ length: count }, (_, at) => ({
    ...{ node: 'a', netnsId: `n${at}`, isPod: false, pid: null, inode: 1, family: 4 as const },
    ...{ protocol: 17, source: '192.0.2.1', destination: `192.0.2.${at + 2}`, ...extra },
  }));
}

it('of questions that no node is asked it is said that nobody asked, not that there is no connection', async () => {
  const readings = await readTracked(asked(MOST_CONNTRACK_QUESTIONS + 2), {
    ...{ transport: () => node, now: () => 0, signal },
  });
  expect(readings.map(({ netnsId }) => netnsId)).toEqual(
    asked(MOST_CONNTRACK_QUESTIONS + 2).map(({ netnsId }) => netnsId),
  );
  const [first, ...others] = readings.slice(MOST_CONNTRACK_QUESTIONS - 1);
  expect(first).toMatchObject({ entries: [], sentence: null });
  expect(others).toHaveLength(2);
  for (const { sentence } of others)
    expect(sentence).toContain(
      'connections a tracks was not read: a trace asks 26 questions of it, and 24 are asked at once',
    );
});

it('of a node that is not connected each question is told as not read', async () => {
  const readings = await readTracked(asked(3), { transport: () => null, now: () => 0, signal });
  expect(readings.map(({ sentence }) => sentence)).toEqual(
    Array.from({ length: 3 }, () => 'Which connections a tracks was not read: it is not connected.'),
  );
});

it('inside a Pod nobody is asked without a process to enter by', async () => {
  expect(
    await readTracked(asked(2, { isPod: true }), { transport: () => node, now: () => 0, signal }),
  ).toEqual([]);
});
