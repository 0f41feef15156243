// Pieces of a stream at the visits of its way: what has one fate is one range.
import { describe, expect, it } from 'vitest';
import { overlapping, rangesSeen } from './ranges.ts';
import { Sightings } from './sightings.ts';
import type { TravelContext } from './travel-order.ts';
import { Visits } from './visits.ts';

/** Visit, first byte, bytes, identification; in the order of time. */
type Piece = readonly [visit: number, from: number, bytes: number, identification?: number];

function seen(pieces: readonly Piece[], base = 0): { context: TravelContext; rows: readonly number[] } {
  const sightings = new Sightings(100);
  const visits = new Visits();
  for (const [ifindex, way] of [
    [2, 'in'],
    [3, 'out'],
    [4, 'out'],
  ] as const)
    visits.of(1, ifindex, way);
  const rows = pieces.map(([visit, from, bytes, identification = 0], index) => {
    const row = sightings.add();
    sightings.at[row] = index * 1000;
    sightings.visit[row] = visit;
    sightings.sequence[row] = base + from;
    sightings.length[row] = bytes;
    sightings.detail[row] = identification;
    sightings.ranged[row] = 1;
    sightings.ttl[row] = 64 - visit;
    return row;
  });
  const context = { sightings, visits, nodeOf: () => 1, plusMinus: () => 0, clocksNs: () => 0 };
  return { context, rows };
}

function told(pieces: readonly Piece[], base = 0): readonly string[] {
  const { context, rows } = seen(pieces, base);
  return rangesSeen(context, rows).map(
    ({ sequence, length, rows: of, ambiguous }) =>
      `${String((sequence - base) >>> 0)}+${String(length)} at ${of.map((row) => context.sightings.visit[row]).join('')}${ambiguous ? ' ?' : ''}`,
  );
}

describe('ranges of a stream', () => {
  it('are what was sent at once, however it was cut and merged behind', () => {
    expect(
      told([
        [1, 0, 300],
        [2, 0, 100],
        [2, 100, 100],
        [2, 200, 100],
        [3, 0, 300],
      ]),
    ).toEqual(['0+300 at 123']);
    expect(
      told([
        [1, 0, 100],
        [1, 100, 100],
        [2, 0, 200],
        [3, 0, 200],
      ]),
    ).toEqual(['0+100 at 123', '100+100 at 123']);
  });

  it('end where the fate is another', () => {
    expect(
      told([
        [1, 0, 300],
        [2, 0, 100],
        [2, 200, 100],
        [3, 200, 100],
      ]),
    ).toEqual([...['0+100 at 12', '100+100 at 1', '200+100 at 123']]);
    expect(
      told([
        [1, 0, 100],
        [2, 0, 150],
        [3, 100, 50],
      ]),
    ).toEqual(['0+100 at 12', '100+50 at 23']);
  });

  it('know the end of the sequence from its beginning', () => {
    expect(
      told(
        [
          [1, 0, 300],
          [2, 0, 200],
          [2, 200, 100],
        ],
        0xffff_ff80,
      ),
    ).toEqual(['0+300 at 12']);
  });

  it('that were sent again are told apart by turn, byte by byte, or are ambiguous', () => {
    expect(
      told([
        [1, 0, 100],
        [2, 0, 100],
        [1, 0, 100],
        [2, 0, 100],
      ]),
    ).toEqual(['0+100 at 12', '0+100 at 12']);
    expect(
      told([
        [1, 0, 100],
        [1, 0, 100],
        [2, 0, 100],
      ]),
    ).toEqual(['0+100 at 12 ?', '0+100 at 1 ?']);
    // The second half came first; then both at once.
    expect(
      told([
        [1, 100, 100],
        [1, 0, 200],
        [2, 0, 100],
        [2, 100, 100],
      ]),
    ).toEqual([...['0+100 at 12', '100+100 at 12 ?', '100+100 at 1 ?']]);
  });

  it('that were sent again are told apart by identification, which counts on where a NIC cuts them and wraps', () => {
    // The first two segments are lost, and sent again.
    const cutAndMerged = (first: number): readonly Piece[] => [
      [1, 0, 4000, first],
      [2, 0, 1000, first],
      [2, 1000, 1000, (first + 1) & 0xffff],
      [2, 2000, 1000, (first + 2) & 0xffff],
      [2, 3000, 1000, (first + 3) & 0xffff],
      [3, 2000, 2000, (first + 2) & 0xffff],
      [1, 0, 2000, (first + 4) & 0xffff],
      [2, 0, 1000, (first + 4) & 0xffff],
      [2, 1000, 1000, (first + 5) & 0xffff],
      [3, 0, 2000, (first + 4) & 0xffff],
    ];
    for (const first of [0x2000, 0xfffd])
      expect(told(cutAndMerged(first))).toEqual(['0+2000 at 12', '0+2000 at 123', '2000+2000 at 123']);
    // Whoever writes identifications anew tells nothing by them.
    expect(
      told([
        [1, 0, 100, 7],
        [1, 0, 100, 8],
        [2, 0, 100, 900],
      ]),
    ).toEqual(['0+100 at 12 ?', '0+100 at 1 ?']);
  });
});

it('pieces without a byte in common are looked at by themselves', () => {
  const { context, rows } = seen([
    [1, 0, 100],
    [1, 500, 100],
    [2, 50, 100],
    [2, 500, 100],
    [1, 150, 10],
  ]);
  expect(overlapping(context.sightings, rows)).toEqual([[rows[0], rows[2]], [rows[4]], [rows[1], rows[3]]]);
});
