// How often a property is run: the tier's factor (tools/vitest-setup.ts) times what it costs to be sure in `npm test`.
import fc from 'fast-check';

/** fast-check's own default, which the tier multiplies. */
const DEFAULT_RUNS = 100;

/** @param inTest how many runs `npm test` affords; the full tier runs as many times more of each. */
export function runs(inTest: number): number {
  return Math.round((inTest * (fc.readConfigureGlobal().numRuns ?? DEFAULT_RUNS)) / DEFAULT_RUNS);
}
