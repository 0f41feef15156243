import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { SCOPE_PARTIES, type ScopeParty } from './probe-model.ts';
import { scopeSentence, type Observation, type ScopeNames } from './scope-sentence.ts';

const names: ScopeNames = { nodeA: 'a', nodeB: 'b', askedA: 'web', askedB: 'db', port: 8080 };
const PAIRS: readonly (readonly [ScopeParty, ScopeParty])[] = [
  ['asked', 'asked'],
  ['asked', 'neighbour'],
  ['neighbour', 'asked'],
  ['neighbour', 'neighbour'],
  ['node', 'node'],
  ['asked', 'elsewhere'],
  ['elsewhere', 'asked'],
];
const KINDS = [
  { proto: 'icmp', size: 'small' },
  { proto: 'icmp', size: 'large' },
  { proto: 'tcp', size: 'small' },
] as const;
type Place = Omit<Observation, 'passes'>;
const matrix: readonly Place[] = (['forth', 'back'] as const).flatMap((direction) =>
  PAIRS.flatMap(([a, b]) => KINDS.map((kind) => ({ direction, a, b, ...kind }))),
);
/** What a fault of this shape makes of the matrix. */
const said = (fails: (place: Place) => boolean): string =>
  scopeSentence(
    matrix.map((place) => ({ ...place, passes: !fails(place) })),
    names,
  );
const local = ({ a, b }: Place): boolean => a !== 'elsewhere' && b !== 'elsewhere';

describe('which it is', () => {
  it.each<[string, (place: Place) => boolean, string]>([
    ['nothing', () => false, 'Nothing fails between a and b: all 42 ways pass.'],
    ['everything', () => true, 'Nothing passes between a and b'],
    [
      'one size of one pair of nodes',
      (place) => place.size === 'large' && local(place),
      'Only large packets fail between a and b, in both directions, for all Pods and the nodes themselves: it is this pair of nodes',
    ],
    [
      'one direction',
      (place) => place.direction === 'back' && local(place),
      'Packets of every kind that was tried fail between a and b, from b to a only, for all Pods and the nodes themselves',
    ],
    ['one node', ({ a }) => a !== 'elsewhere', 'it is a, which does not reach a third node either'],
    ['the other node', ({ b }) => b !== 'elsewhere', 'it is b, which a third node does not reach either'],
    ['one Pod', ({ b }) => b === 'asked', 'in both directions: it is db alone; others of b pass'],
    ['the other Pod', ({ a }) => a === 'asked', 'in both directions: it is web alone; others of a pass'],
    [
      'one pair of Pods',
      ({ a, b }) => a === 'asked' && b === 'asked',
      'it is web and db alone; others of both nodes pass',
    ],
    [
      'one port',
      ({ b, proto }) => b === 'asked' && proto === 'tcp',
      'Only TCP to port 8080 fails (ICMP passes) between a and b, in both directions: it is db alone',
    ],
    [
      'Pods, not nodes',
      (place) => local(place) && place.a !== 'node',
      'for all Pods: the nodes themselves reach each other',
    ],
    [
      'no one place',
      ({ a, b }) => (a === 'asked' && b === 'neighbour') || (a === 'neighbour' && b === 'asked'),
      'web ↔ another Pod of b, another Pod of a ↔ db; no single place has all of it',
    ],
  ])('%s', (_, fails, sentence) => {
    expect(said(fails)).toContain(sentence);
  });

  it('where some of a kind pass beside those that fail, it does not say of all that they do', () => {
    // Each kind fails somewhere: what is lost by chance alone.
    const lossy = matrix.map((place, at) => ({ ...place, passes: at % 2 === 0 }));
    expect(scopeSentence(lossy, names)).toMatch(
      /^Some packets of every kind that was tried fail between a and b/,
    );
  });

  it('a kind that fails throughout is told before those of which some are lost by chance', () => {
    const blocked = matrix.map((place, at) => ({ ...place, passes: place.proto !== 'tcp' && at % 5 > 0 }));
    expect(scopeSentence(blocked, names)).toMatch(
      /^TCP to port 8080 fails throughout, ICMP in part, between a and b, in both directions, for all Pods/,
    );
  });

  it('says no more than was seen: a direction that was not tried is not known, and a place that was not is not named', () => {
    const one: Observation = {
      direction: 'forth',
      a: 'asked',
      b: 'asked',
      proto: 'icmp',
      size: 'large',
      passes: false,
    };
    const sentence = scopeSentence([one, { ...one, size: 'small', passes: true }], names);
    expect(sentence).toBe(
      'Only large packets fail between a and b, from a to b (the other direction is not known): web ↔ db; no single place has all of it.',
    );
    expect(scopeSentence([], names)).toBe('Nothing is known of what passes between a and b.');
  });

  it('is one sentence, whatever passes: “nothing fails” exactly where nothing does, “only” never where all of it fails', () => {
    const observation = fc.record({
      direction: fc.constantFrom('forth' as const, 'back' as const),
      a: fc.constantFrom(...SCOPE_PARTIES),
      b: fc.constantFrom(...SCOPE_PARTIES),
      proto: fc.constantFrom('icmp' as const, 'tcp' as const, 'udp' as const),
      size: fc.constantFrom('small' as const, 'large' as const),
      passes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 40 }), (all) => {
        const sentence = scopeSentence(all, names);
        expect(sentence.startsWith('Nothing fails')).toBe(all.every(({ passes }) => passes));
        expect(sentence.startsWith('Nothing passes')).toBe(all.every(({ passes }) => !passes));
        if (sentence.startsWith('Only')) expect(all.some(({ passes }) => passes)).toBe(true);
        expect(sentence).toMatch(/\.$/);
      }),
      { numRuns: runs(100) },
    );
  });
});
