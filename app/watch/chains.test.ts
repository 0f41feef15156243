// Chains found by hash and by day, against plain maps that do the same.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { Chains, DAY_NS, dayOf } from './chains.ts';
import { NONE, Sightings } from './sightings.ts';

it('a chain is found whatever was taken out before, its earliest first, on its earliest day', () => {
  // Few low bits, so that many keys want one slot and searches run around the table's end.
  const key = fc.constantFrom(0, 1, 2, 0x3fff, 0x3ffe, 0x4000, 0x7fff, 0x8000);
  const step = fc.record({ key, day: fc.nat(20), takes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const sightings = new Sightings(1000);
      const chains = new Chains(sightings);
      const plain = new Map<number, number[]>();
      for (const { key: keyA, day, takes } of steps) {
        const known = plain.get(keyA);
        if (takes && known !== undefined) {
          const head = chains.headOf(known[0] ?? NONE);
          expect(new Set(chains.take(head))).toEqual(new Set(known));
          for (const row of known) sightings.free(row);
          plain.delete(keyA);
          continue;
        }
        const row = sightings.add();
        sightings.keyA[row] = keyA;
        sightings.keyB[row] = 7;
        sightings.at[row] = day * DAY_NS + row;
        chains.add(row);
        plain.set(keyA, [...(known ?? []), row]);
      }
      const firsts = [...plain.values()].map((rows) =>
        Math.min(...rows.map((row) => sightings.at[row] ?? 0)),
      );
      const heads: number[] = [];
      for (let day = chains.firstDue; day !== null; day = chains.firstDue)
        for (const head of chains.due(day)) {
          expect(dayOf(sightings.at[head] ?? 0)).toBe(day);
          heads.push(sightings.at[head] ?? 0);
        }
      // What was settled is not asked about: without watermarks nobody would ever come to it.
      expect(chains.firstEarly).toBeNull();
      expect(heads.sort((a, b) => a - b)).toEqual(firsts.sort((a, b) => a - b));
    }),
    { numRuns: runs(60) },
  );
});
