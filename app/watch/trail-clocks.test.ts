// Clocks of a watch: what nodes said in passing counts as long as no packet tells better, and is no narrower than it is known.
import { describe, expect, it } from 'vitest';
import type { Trail } from './model.ts';
import { SessionClocks } from './session-clocks.ts';
import { TrailClocks } from './trail-clocks.ts';

const BASE = 1_700_000_000;
const MS = 1e6;

function scene() {
  const clocks = new SessionClocks(BASE);
  const visits = { at: (visit: number) => ({ place: visit, ifindex: 1, way: 'in' as const }) };
  const trailClocks = new TrailClocks({ clocks, visits, nodeOf: (place) => place }, 1);
  let id = 0;
  /** ns, by the two nodes' own clocks. */
  const goes = (from: number, sent: number, to: number, received: number): void => {
    const sighting = (node: number, at: number) => {
      const clock = clocks.current(node);
      return { visit: node, at: at + clocks.offset(node), clock, number: (id += 1) };
    };
    trailClocks.add({
      ...{ id, revision: 1, final: true, verdict: 'delivered', flow: 1, connection: 1, bytes: 0 },
      ...{ isRange: false, sequence: 0, flags: 0, identification: 0, traits: 0 },
      ...{ stop: null, refusal: null, because: null },
      sightings: [sighting(from, sent), sighting(to, received)],
    } satisfies Trail);
  };
  return { clocks, trailClocks, goes };
}

describe('clocks that nobody has compared by packets', () => {
  it('are as far apart as their nodes leave it open, and no nearer', () => {
    const { clocks, trailClocks } = scene();
    trailClocks.told({ node: 1, bounds: { atLeast: 0, atMost: 0 } });
    trailClocks.told({ node: 2, bounds: { atLeast: 700 * MS, atMost: 1_300 * MS } });
    expect(clocks.offset(2)).toBe(1_000 * MS);
    expect(clocks.plusMinus(2)).toBe(301 * MS);
    // What was reckoned by stays as long as it may be so.
    trailClocks.told({ node: 2, bounds: { atLeast: 980 * MS, atMost: 1_200 * MS } });
    expect([clocks.offset(2), clocks.plusMinus(2)]).toEqual([1_000 * MS, 201 * MS]);
    trailClocks.told({ node: 2, bounds: { atLeast: -40 * MS, atMost: 60 * MS } });
    expect([clocks.offset(2), clocks.plusMinus(2)]).toEqual([10 * MS, 51 * MS]);
    expect(clocks.apart).toBe(52 * MS);
  });

  it('are compared by packets as soon as some go there and back', () => {
    const { clocks, trailClocks, goes } = scene();
    trailClocks.told({ node: 2, bounds: { atLeast: 700 * MS, atMost: 1_300 * MS } });
    // Its clock is 1.1 s behind.
    goes(1, 5_000 * MS, 2, 3_901 * MS);
    goes(2, 3_901 * MS, 1, 5_002 * MS);
    trailClocks.refresh();
    expect(Math.abs(clocks.offset(2) - 1_100 * MS)).toBeLessThanOrEqual(2 * MS);
    expect(clocks.plusMinus(2)).toBeLessThan(6 * MS);
    const offset = clocks.offset(2);
    trailClocks.told({ node: 2, bounds: { atLeast: 600 * MS, atMost: 1_400 * MS } });
    expect(clocks.offset(2)).toBe(offset);
  });
});

it('a clock that was set is told of, and so is a synchronisation that cannot be right', () => {
  const { trailClocks, goes } = scene();
  for (let s = 1; s <= 4; s += 1) {
    const set = s > 2 ? 1_500_000_000 : 0;
    const at = s * 1e9 + set + 7;
    trailClocks.observeUptime(
      1,
      { s: BASE + Math.floor(at / 1e9), ns: at % 1e9 },
      { before: s, after: s + 0.01 },
    );
  }
  goes(1, 9_000 * MS, 2, 9_801 * MS);
  goes(2, 9_801 * MS, 1, 9_002 * MS);
  const bound = { plusMinusNs: 10 * MS, drift: 1e-6 };
  trailClocks.setSync(1, { s: BASE + 9, ns: 0 }, bound);
  // What is said before its node said anything of its time waits for that.
  trailClocks.setSync(2, null, bound);
  trailClocks.observeUptime(2, { s: BASE + 9, ns: 0 }, { before: 9, after: 9.01 });
  trailClocks.refresh();
  expect(trailClocks.steps).toMatchObject([{ node: 1 }]);
  expect(trailClocks.contradictions).toMatchObject([
    { node: 2, by: { saidNs: expect.closeTo(20 * MS, -4) as number } },
  ]);
});
