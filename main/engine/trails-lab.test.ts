// Trails on a real lab, against senders and receivers that know every packet: what passes all vantage points is one trail through them, what a
// rule takes is dropped where that rule is, as often as the kernel counted it, and no packet that came is called dropped.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bySeed, inFullTier } from '../../app/testing/runs.ts';
import { ailing } from './testing/ailing-cases.ts';
import { faults } from './testing/capture-faults.ts';
import { captures, clocks, lost } from './testing/lost-cases.ts';
import { offloads, passing } from './testing/passing-cases.ts';
import { modes, type Case } from './testing/trail-case.ts';
import { trailsOfLab, type TrailsOfLab } from './testing/trails-of-lab.ts';

/** Of the big matrix every mode; in `npm test` one case of one family. */
const inFull = inFullTier();
const family = bySeed(7);
const inMode = <T>(number: number, cases: readonly T[]): readonly T[] =>
  inFull ? cases : number === family ? cases.slice(bySeed(cases.length)).slice(0, 1) : [];

describe.each(inFull ? modes : (['bgp'] as const))('trails on a real lab, %s', (mode) => {
  let of: TrailsOfLab;

  beforeAll(async () => {
    of = await trailsOfLab(...(mode === 'dual stack' ? ['--ipv6'] : ['--mode', mode]));
  }, 120_000);
  afterAll(() => of[Symbol.asyncDispose](), 60_000);
  afterEach(async () => {
    await of.engine.watch.stop();
    await of.lab.run('heal');
  }, 60_000);

  async function run({ first, before, words: send, meanwhile, look }: Case): Promise<void> {
    for (const verb of first) await of.lab.run(...verb);
    await of.watch();
    await before?.(of, mode);
    const [seen] = await Promise.all([
      of.send(...send, ...(mode === 'dual stack' ? ['--ipv6'] : [])),
      meanwhile?.(of),
    ]);
    expect([...seen.trails, ...seen.answers].filter(({ final }) => !final)).toEqual([]);
    await look(seen, mode, of);
  }

  const losses = lost(mode);
  it.each(inMode(0, passing))('what passes all vantage points is one trail: $what', run, 90_000);
  it.each(inMode(1, offloads))('TCP is one trail, however it is cut: $what', run, 90_000);
  it.each(inMode(2, losses))('what is lost is dropped there and nowhere else: $what', run, 90_000);
  it.each(inMode(3, captures))('what captures lose is never called dropped: $what', run, 90_000);
  it.each(inMode(4, clocks))('with wrong clocks order, place and offset are right: $what', run, 90_000);
  it.each(inMode(6, ailing))('what ails a flow is said: $what', run, 90_000);
  it.each(inMode(5, faults))('what ends captures is said, and leaves a gap and no drop: $what', run, 120_000);
});
