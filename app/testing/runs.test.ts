import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { runs } from './runs.ts';

it('multiplies a count of its own as the tier multiplies the default', () => {
  const before = fc.readConfigureGlobal();
  onTestFinished(() => fc.configureGlobal(before));
  fc.configureGlobal({});
  expect(runs(30)).toBe(30);
  fc.configureGlobal({ numRuns: 2500 });
  expect(runs(30)).toBe(750);
});
