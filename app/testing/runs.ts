// How often a property is run: the tier's factor (tools/vitest-setup.ts) times what it costs to be sure in `npm test`.
import fc from 'fast-check';

/** fast-check's own default, which the tier multiplies. */
const DEFAULT_RUNS = 100;

/** @param inTest how many runs `npm test` affords; the full tier runs as many times more of each. */
export function runs(inTest: number): number {
  return Math.round((inTest * (fc.readConfigureGlobal().numRuns ?? DEFAULT_RUNS)) / DEFAULT_RUNS);
}

/**
 * The cases of a big matrix that this run looks at: all in the full tier, else `inTest` of them, drawn by the seed, which is the
 * commit: every case has its turn, and the same commit has the same ones.
 */
export function drawn<T>(all: readonly T[], inTest: number): readonly T[] {
  if (inFullTier()) return all;
  const from = bySeed(all.length);
  return [...all.slice(from), ...all.slice(0, from)].slice(0, inTest);
}

/** Whether long tests are defined at all: one that is skipped counts as a failure. */
export function inFullTier(): boolean {
  return (fc.readConfigureGlobal().numRuns ?? DEFAULT_RUNS) > DEFAULT_RUNS;
}

/** A number from 0 to `below` - 1, the same for the same seed. */
export function bySeed(below: number): number {
  return Math.abs(fc.readConfigureGlobal().seed ?? 0) % below;
}
