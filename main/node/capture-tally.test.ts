import { describe, expect, it } from 'vitest';
import { CaptureTally } from './capture-tally.ts';

const at = (s: number) => ({ s, ns: 0 });

function ticked(count: number): CaptureTally {
  const tally = new CaptureTally();
  for (let s = 1; s <= count; s += 1) tally.tick({ nodeTime: at(s) });
  return tally;
}

describe('a tally', () => {
  it('gives an answer the tick before it, or the one before that after an interval without one', () => {
    const tally = ticked(1);
    const same = { captured: 1, received: 1, dropped: 0 };
    expect(tally.totals(same, 1)?.nodeTime).toEqual(at(1));
    tally.tick({ nodeTime: at(2) });
    tally.tick({ nodeTime: at(3) });
    expect(tally.totals(same, 3)?.nodeTime).toEqual(at(2));
    tally.tick({ nodeTime: at(4) });
    expect(tally.totals(same, 4)?.nodeTime).toEqual(at(4));
    expect(new CaptureTally().totals(same, 0)).toBeNull();
  });

  it('counts what lies in the ring, and not what came before the filter', () => {
    const tally = ticked(1);
    expect(tally.totals({ captured: 0, received: 74, dropped: 0 }, 1)?.captured).toBe(0);
    expect(tally.totals({ captured: 10, received: 104, dropped: 5 }, 1)?.captured).toBe(25);
  });

  it('learns the difference anew in a second without packets', () => {
    const tally = ticked(1);
    tally.totals({ captured: 5, received: 5, dropped: 0 }, 1);
    const grown = { captured: 5, received: 9, dropped: 0 };
    expect(tally.totals(grown, 1)).toMatchObject({ captured: 9, exact: false });
    expect(tally.totals(grown, 1)).toMatchObject({ captured: 5, exact: true });
  });

  it('goes on where unsigned int ends', () => {
    const tally = ticked(1);
    tally.totals({ captured: 2 ** 32 - 1, received: 2 ** 32 - 1, dropped: 0 }, 1);
    const after = tally.totals({ captured: 3, received: 3, dropped: 0 }, 1);
    expect(after?.captured).toBe(2 ** 32 + 3);
  });
});
