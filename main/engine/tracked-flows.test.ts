import { afterEach, expect, it } from 'vitest';
import type { ConntrackEntry } from '../../app/probe/conntrack-entries.ts';
import type { ConntrackQuestion } from '../../app/probe/conntrack-script.ts';
import type { FlowTuple } from '../../app/watch/flow-table.ts';
import { TrackedFlows } from './tracked-flows.ts';
import { until } from './testing/until.ts';

const POD = '10.0.0.2';
const query: FlowTuple = {
  ...{
    family: 4,
    protocol: 17,
    source: POD,
    destination: '10.96.0.10',
    sourcePort: 4000,
    destinationPort: 53,
  },
};
const entry = { protocol: 17 } as ConntrackEntry;
let open: TrackedFlows | null = null;

function start(sentence: string | null = null) {
  const asked: (readonly [string, readonly ConntrackQuestion[]])[] = [];
  const learned: ConntrackEntry[] = [];
  const refused: string[] = [];
  const flows = new TrackedFlows({
    ask: (node, questions) => {
      asked.push([node, questions]);
      return Promise.resolve(questions.map(() => ({ entries: sentence === null ? [entry] : [], sentence })));
    },
    learn: (entries) => learned.push(...entries),
    onRefused: (label, why) => refused.push(`${label}: ${why}`),
  });
  open = flows;
  return { flows, asked, learned, refused };
}
afterEach(async () => open?.[Symbol.asyncDispose]());

it('of new flows each node is asked by the watched address, together and once, and again after a rest', async () => {
  const { flows, asked, learned } = start();
  const watched = new Set([POD]);
  for (const sourcePort of [4000, 4001]) flows.seen('a', { ...query, sourcePort }, watched);
  flows.seen('a', { ...query, source: '10.0.9.9', destination: POD, protocol: 1 }, watched);
  flows.seen('b', query, watched);
  // Nobody's that is watched; and TCP's packets tell by themselves.
  flows.seen('c', { ...query, source: '10.0.9.9' }, watched);
  flows.seen('c', { ...query, protocol: 6 }, watched);
  await until('both are asked', () => asked.length === 2 && learned.length === 3, 3_000);
  const common = { pid: null, inode: 0, family: 4, source: POD, destination: null };
  expect(asked).toEqual([
    [
      'a',
      [
        { ...common, protocol: 17 },
        { ...common, protocol: 1 },
      ],
    ],
    ['b', [{ ...common, protocol: 17 }]],
  ]);
  const before = performance.now();
  flows.seen('a', query, watched);
  await until('asked again', () => asked.length === 3, 5_000);
  expect(performance.now() - before).toBeGreaterThan(1_000);
});

it('nobody is asked once it is over, until another run begins', async () => {
  const { flows, asked } = start();
  const watched = new Set([POD]);
  flows.seen('a', query, watched);
  flows.end();
  flows.seen('b', query, watched);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(asked).toEqual([]);
  flows.begin();
  flows.seen('b', query, watched);
  await until('asked', () => asked.length === 1, 3_000);
});

it('a node that cannot answer is left alone, which is said once, and another run asks anew', async () => {
  const { flows, asked, refused } = start('only root may.');
  const watched = new Set([POD]);
  flows.seen('a', query, watched);
  await until('asked', () => asked.length === 1, 3_000);
  flows.seen('a', query, watched);
  await until('said', () => refused.length > 0, 1_000);
  expect(refused).toEqual(['a: only root may.']);
  flows.begin();
  flows.seen('a', query, watched);
  await until('asked again', () => asked.length === 2, 3_000);
});
