import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stable } from './stable.ts';

it('is the new value, and the old object wherever both say the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, now) => {
      expect(stable(before, now)).toEqual(now);
      expect(stable(before, structuredClone(before))).toBe(before);
      const shared = stable({ before, x: 1 }, { before: structuredClone(before), x: 2 });
      expect(shared).toEqual({ before, x: 2 });
      expect(shared.before).toBe(before);
    }),
  );
});
