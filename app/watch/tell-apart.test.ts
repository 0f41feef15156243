// Like packets, told apart by identification and by time as far as clocks are known; and packets in the order of their travel.
import { describe, expect, it } from 'vitest';
import { Sightings } from './sightings.ts';
import { apartNs, byIdentification, byRests, byTurn, repeats } from './tell-apart.ts';
import { inTravelOrder, type TravelContext } from './travel-order.ts';
import { Visits } from './visits.ts';

const MS = 1e6;
/** Places: a Pod and its node 1, a node 2 and its Pod. */
const VISITS = [
  ...([
    [1, 2, 'out'],
    [2, 5, 'in'],
    [2, 2, 'out'],
  ] as const),
  ...([
    [3, 2, 'in'],
    [3, 7, 'out'],
    [4, 2, 'in'],
  ] as const),
] as const;
const TTLS = [64, 64, 63, 63, 62, 62];

/** Visit, from 1, and ms. */
type Sight = readonly [visit: number, ms: number, detail?: number, ttl?: number];

function context(
  sights: readonly Sight[],
  plusMinus = 0,
): { travel: TravelContext; rows: readonly number[] } {
  const [sightings, visits] = [new Sightings(1000), new Visits()];
  for (const [place, ifindex, way] of VISITS) visits.of(place, ifindex, way);
  const rows = sights.map(([visit, ms, detail = 0, ttl = TTLS[visit - 1] ?? 0]) => {
    const row = sightings.add();
    sightings.visit[row] = visit;
    sightings.at[row] = ms * MS;
    sightings.detail[row] = detail;
    sightings.ttl[row] = ttl;
    return row;
  });
  const nodeOf = (visit: number): number => (visit < 4 ? 1 : 2);
  const travel = {
    sightings,
    visits,
    nodeOf,
    plusMinus: () => plusMinus * MS,
    clocksNs: () => 2 * plusMinus * MS,
  };
  return { travel, rows };
}

const whole = (ms: number, detail = 0): readonly Sight[] =>
  [1, 2, 3, 4, 5, 6].map((visit) => [visit, ms + visit, detail]);

describe('like packets', () => {
  const split = (sights: readonly Sight[], plusMinus = 0): readonly number[] => {
    const { travel, rows } = context(sights, plusMinus);
    return byRests(travel, rows).map((bunch) => bunch.length);
  };

  it('are apart when nothing was seen for longer than a packet takes, and than clocks may differ', () => {
    expect(split([...whole(0), ...whole(200)])).toEqual([6, 6]);
    expect(split([...whole(0), ...whole(200)], 100)).toEqual([12]);
    expect(split([...whole(0), ...whole(50)])).toEqual([12]);
    expect(
      apartNs(
        context(
          [
            [1, 0],
            [3, 0],
          ],
          400,
        ).travel,
        context([
          [1, 0],
          [3, 0],
        ]).rows,
      ),
    ).toBe(100 * MS);
  });

  it('of which more came out than went in since were held up', () => {
    // Two wait for a neighbour's answer, and leave together.
    const held: readonly Sight[] = [
      [1, 0],
      [2, 1],
      [1, 1000],
      [2, 1001],
      [3, 3000],
      [3, 3001],
      [4, 3002],
      [4, 3003],
    ];
    expect(split(held)).toEqual([8]);
    expect(split([[1, 0], [2, 1], ...whole(1000)])).toEqual([2, 6]);
  });

  it('are told apart by identification, unless somebody rewrites it', () => {
    const parts = (sights: readonly Sight[]): readonly number[] => {
      const { travel, rows } = context(sights);
      return byIdentification(travel.sightings, rows).map((part) => part.length);
    };
    expect(parts([...whole(0, 5).slice(0, 3), ...whole(1, 6)])).toEqual([3, 6]);
    expect(
      parts([
        [1, 0, 5],
        [2, 1, 5],
        [3, 2, 9],
        [4, 3, 9],
      ]),
    ).toEqual([4]);
  });

  it('are counted, if every visit has as many', () => {
    const told = (sights: readonly Sight[]): readonly string[] => {
      const { travel, rows } = context(sights);
      return byTurn(travel.sightings, rows).map(
        ({ rows: of, ambiguous }) =>
          `${of.map((row) => String((travel.sightings.at[row] ?? 0) / MS)).join(' ')}${ambiguous ? ' ?' : ''}`,
      );
    };
    expect(
      told([
        [1, 0],
        [1, 1],
        [2, 2],
        [2, 3],
      ]),
    ).toEqual(['0 2', '1 3']);
    expect(
      told([
        [1, 0],
        [1, 1],
        [2, 2],
      ]),
    ).toEqual(['0 2 ?', '1 ?']);
  });

  it('are one that goes round, if it has an identification and less to live each time', () => {
    const round = (detail: number): readonly Sight[] => [
      [3, 0, detail, 63],
      [4, 1, detail, 63],
      [3, 2, detail, 61],
      [4, 3, detail, 61],
    ];
    const { travel, rows } = context(round(5));
    expect(repeats(travel.sightings, rows)).toBe(false);
    expect(inTravelOrder(travel, rows)).toEqual(rows);
    const other = context(round(0));
    expect(repeats(other.travel.sightings, other.rows)).toBe(true);
  });
});

describe('the order of travel', () => {
  const order = (sights: readonly Sight[]): readonly number[] => {
    const { travel, rows } = context(sights);
    return inTravelOrder(travel, rows).map((row) => travel.sightings.visit[row] ?? 0);
  };

  it('is right whatever the second node’s clock says', () => {
    const behind = whole(1000).map(([visit, ms]): Sight => [visit, visit > 3 ? ms - 500 : ms]);
    expect(order([...behind].sort(([, a], [, b]) => a - b))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is right where routers and bridges between take the same microsecond', () => {
    expect(
      order([
        [2, 7],
        [1, 7],
        [3, 7],
        [4, 7],
        [6, 7],
        [5, 7],
      ]),
    ).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('without routers is by node, that of the sender first', () => {
    const bridged: readonly Sight[] = [4, 5, 6, 1, 2, 3].map((visit, index) => [visit, index, 0, 64]);
    expect(order(bridged)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
