// The model against the real kernel where several things are changed at once: what it says of a packet is what the counters say.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../route/testing/random-routing.ts';
import { runs } from '../testing/runs.ts';
import { passNamespace } from './pass-namespace.ts';
import { namespaceOf } from './testing/namespace-of.ts';
import { randomCase } from './testing/real-random-cases.ts';
import { ENDS, surely, surelyRisenOf } from './testing/real-ends.ts';
import { arpFrame } from './testing/real-questions.ts';
import { runCases } from './testing/real-router.ts';
import { endOf, one } from './testing/said.ts';

const CASES = Math.min(1_000, runs(12));

describe('a packet through a router', () => {
  it(`ends as the kernel’s counters say, in ${CASES} random states`, () => {
    const seed = fc.readConfigureGlobal().seed ?? Date.now() | 0;
    const random = seededRandom(seed);
    const cases = Array.from({ length: CASES }, (_, at) => randomCase(random, at));
    const results = runCases(cases, arpFrame('10.0.0.254', '10.0.0.2'));
    const counted = new Map<string, number>();
    for (const [at, { name, packet }] of cases.entries()) {
      const result = results[at];
      if (result === undefined) throw new Error('no result');
      const passage = one(
        passNamespace({ at: namespaceOf(result.printed), device: 'r0', packet }, { tracked: [] }),
      );
      const end = endOf(passage);
      const said = passage.steps.map(({ sentence }) => sentence).join('\n');
      expect(ENDS[end], `seed ${seed}, ${name}\n${said}`).toBeDefined();
      expect(surelyRisenOf(result, end), `seed ${seed}, case ${at}: ${name}\n${end}\n${said}`).toEqual(
        surely(end),
      );
      counted.set(end, (counted.get(end) ?? 0) + 1);
    }
    console.log(`  seed ${seed}: ${JSON.stringify(Object.fromEntries(counted))}`);
    expect(counted.size).toBeGreaterThan(2);
  }, 120_000);
});
