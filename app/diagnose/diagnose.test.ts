import { expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import type { Detector, Draft } from './detector.ts';
import { draft } from './draft.ts';
import { emptyTopology } from '../topology/build.ts';
import { changed, found, known, mesh, pods, told } from './testing/case.ts';
import type { FindingId } from './finding.ts';
import { oddOnesOut } from './odd-one-out.ts';
import { FACT_NAMES, type NodeSnapshot } from '../probe/snapshot.ts';

const nothing = { topology: emptyTopology('t'), readings: new Map(), inventory: null, ledgers: new Map() };

const detector = (id: FindingId, explainedBy: FindingId[], ...drafts: Draft[]): Detector => ({
  id,
  concludes: '',
  explainedBy,
  detect: () => ({ drafts, skipped: null, looked: true }),
});

const at = (node: string, extra: Partial<Parameters<typeof draft>[0]> = {}): Draft =>
  draft({ title: `t ${node}`, because: 'b', mend: ['m'], node, ...extra });

it('what another explains is told under it, through all links of a chain, where the detector allows it', () => {
  const chain = [
    detector('link-down', [], at('a', { breaks: ['node a'] })),
    detector('bgp-not-established', ['link-down'], at('a', { touches: ['node a'], breaks: ['session a b'] })),
    detector('unresolved-next-hop', ['bgp-not-established'], at('b', { touches: ['session a b'] })),
    detector('conntrack-full', [], at('a', { touches: ['node a'] })),
  ];
  expect(told(diagnose(nothing, chain))).toEqual([
    'link-down a (bgp-not-established, unresolved-next-hop)',
    'conntrack-full a',
  ]);
});

it('two that explain each other stay beside each other', () => {
  const circle = [
    detector('link-down', ['mtu-mismatch'], at('a', { breaks: ['node a'], touches: ['node b'] })),
    detector('mtu-mismatch', ['link-down'], at('b', { breaks: ['node b'], touches: ['node a'] })),
  ];
  expect(told(diagnose(nothing, circle))).toEqual(['link-down a', 'mtu-mismatch b']);
});

it('errors before warnings, the sure before the likely, what explains much before what explains little', () => {
  const some = [
    detector('nic-drops', [], at('a', { severity: 'warning' })),
    detector('mtu-mismatch', [], at('a', { confidence: 'likely' }), at('b')),
    detector('link-down', [], at('c', { breaks: ['node c'] })),
    detector('bgp-not-established', ['link-down'], at('c', { touches: ['node c'] })),
  ];
  expect(told(diagnose(nothing, some))).toEqual([
    'link-down c (bgp-not-established)',
    'mtu-mismatch b',
    'mtu-mismatch a',
    'nic-drops a',
  ]);
});

it('many of one kind on one node are one with a number, and no more than a hundred are told', () => {
  const many = detector(
    'proxy-arp-off',
    [],
    ...Array.from({ length: 9 }, (_, n) => at('a', { title: `pod ${String(n)}` })),
  );
  const [one] = diagnose(nothing, [many]).findings;
  expect(one?.title).toBe('pod 0, and 8 more of the kind');
  const all = Array.from({ length: 400 }, (_, n) => at(`n${String(n)}`));
  const { findings, left } = diagnose(nothing, [detector('link-down', [], ...all)]);
  expect([findings.length, left]).toEqual([100, 300]);
});

it('what was not read is told with why, and not taken for none', () => {
  const blind = mesh().map((node) => ({
    ...node,
    facts: ({ neighbours, routes4 }: NodeSnapshot) => ({
      neighbours: {
        ...neighbours,
        state: 'not-permitted' as const,
        evidence: [],
        at: null,
        value: null,
        sentence: 'No right to see neighbours',
      },
      routes4: changed(routes4, (one) => one),
    }),
  }));
  const { skipped } = diagnose(known([blind]));
  expect(skipped.find(({ id }) => id === 'wrong-neighbour')?.why).toBe(
    'The neighbours of a, b, c were not read: No right to see neighbours.',
  );
  expect(found(blind)).toEqual([]);
});

it('a healthy cluster of which any one kind of fact was not read has no finding', () => {
  const healthy = [mesh(), pods().nodes] as const;
  for (const nodes of healthy)
    for (const name of FACT_NAMES) {
      const without = nodes.map((node) => ({ ...node, facts: () => ({ [name]: null }) }));
      expect([name, found(without)]).toEqual([name, []]);
      const { nodes: two, inventory } = pods();
      const known_ = two.map((node) => ({ ...node, facts: () => ({ [name]: null }) }));
      expect([name, found(known_, inventory)]).toEqual([name, []]);
    }
});

it('no facts at all: no finding, and no throw', () => {
  expect(diagnose(nothing).findings).toEqual([]);
});

it('odd ones out: where most are alike', () => {
  expect(
    oddOnesOut(
      new Map([
        ['a', 1],
        ['b', 1],
        ['c', 2],
      ]),
    ),
  ).toEqual({ usual: 1, odd: [{ label: 'c', value: 2 }] });
  expect(
    oddOnesOut(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    ),
  ).toBeNull();
  expect(
    oddOnesOut(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    ),
  ).toBeNull();
});
