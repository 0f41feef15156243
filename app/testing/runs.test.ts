import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { drawn, runs } from './runs.ts';

it('multiplies a count of its own as the tier multiplies the default', () => {
  const before = fc.readConfigureGlobal();
  onTestFinished(() => fc.configureGlobal(before));
  fc.configureGlobal({});
  expect(runs(30)).toBe(30);
  fc.configureGlobal({ numRuns: 2500 });
  expect(runs(30)).toBe(750);
});

it('draws some cases of a matrix by the seed, each in its turn, and takes all in the full tier', () => {
  const before = fc.readConfigureGlobal();
  onTestFinished(() => fc.configureGlobal(before));
  const cases = ['a', 'b', 'c'];
  fc.configureGlobal({ seed: -5 });
  expect(drawn(cases, 2)).toEqual(['c', 'a']);
  const turns = [0, 1, 2].flatMap((seed) => {
    fc.configureGlobal({ seed });
    return drawn(cases, 1);
  });
  expect(turns).toEqual(cases);
  fc.configureGlobal({ seed: 1, numRuns: 2500 });
  expect(new Set(drawn(cases, 1))).toEqual(new Set(cases));
});
