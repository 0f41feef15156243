// What differs between the tiers (DESIGN §10): how long properties and fuzzers run, and from which seed.
import fc from 'fast-check';

/** The full tier runs each property this many times as often; one with a count of its own says it by app/testing/runs.ts. */
const FULL_FACTOR = 25;
const seed = process.env['HOPSCOPE_SEED'];

if (process.env['HOPSCOPE_TIER'] === 'full') fc.configureGlobal({ numRuns: 100 * FULL_FACTOR });
// A commit or a word as well as a number: the same seed draws the same cases.
if (seed !== undefined && seed !== '') {
  let number = 0;
  for (const char of seed) number = (Math.imul(number, 31) + char.charCodeAt(0)) | 0;
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: number });
}
