// A node's governor over drawn loads: what it takes is soon as little as it may be, it does not go up and down, and says what it gives up.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import {
  CALM_S,
  NodeGovernor,
  OVER_S,
  REST_MS,
  shareThatFits,
  type Caps,
  type NodeLoad,
  type Step,
} from './governor.ts';

const CAP: Caps = { packets: 1_000, bytes: 100_000, cpu: 1 };
const quiet: NodeLoad = { packets: 0, bytes: 0, cpu: 0, dropped: 0 };

interface Stretch {
  readonly seconds: number;
  /** Of each cap, what all that passes would take. */
  readonly share: number;
  readonly of: keyof NodeLoad;
  /** Of it, what the few have. */
  readonly few: number;
  readonly hasFew: boolean;
  /** Nobody tells. */
  readonly silent: boolean;
}

interface Second {
  readonly at: number;
  readonly stretch: Stretch;
  readonly degree: NodeGovernor['degree'];
  readonly ratio: number;
  readonly step: Step | null;
}

const stretches = fc.array(
  fc.record({
    seconds: fc.integer({ min: 1, max: 90 }),
    share: fc.double({ min: 0, max: 5, noNaN: true }),
    of: fc.constantFrom<keyof NodeLoad>('packets', 'bytes', 'cpu', 'dropped'),
    few: fc.double({ min: 0, max: 1, noNaN: true }),
    hasFew: fc.boolean(),
    silent: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

function loadOf({ share, of, few }: Stretch, degree: Second['degree']): NodeLoad {
  const part = degree === 'all' ? 1 : degree === 'few' ? few : 0;
  // Of what the kernel loses a hundredth may be; it depends on how much there is.
  if (of === 'dropped')
    return { ...quiet, packets: part * CAP.packets, dropped: part * CAP.packets * Math.min(1, share / 100) };
  return { ...quiet, [of]: part * share * CAP[of] };
}

/** What is watched each second, and what is done then. */
function played(list: readonly Stretch[]): Second[] {
  const governor = new NodeGovernor(CAP);
  const seconds: Second[] = [];
  for (const stretch of list)
    for (let second = 0; second < stretch.seconds; second += 1) {
      const at = (seconds.length + 1) * 1_000;
      const { degree } = governor;
      const load = degree === 'counters' ? null : stretch.silent ? 'late' : loadOf(stretch, degree);
      const ratio = Math.max(
        ...(['packets', 'bytes', 'cpu'] as const).map(
          (of) => (load === null || load === 'late' ? 0 : load[of]) / CAP[of],
        ),
      );
      const step = governor.second(at, load, () => stretch.hasFew);
      seconds.push({ at, stretch, degree, ratio, step });
    }
  return seconds;
}

describe('a node that is captured', () => {
  it('is above what is asked of it for no longer than two seconds at each degree, and four after a trial', () => {
    fc.assert(
      fc.property(stretches, (list) => {
        let over = 0;
        for (const { ratio, stretch } of played(list)) {
          if (stretch.silent) continue;
          over = ratio > 1 ? over + 1 : 0;
          expect(over).toBeLessThanOrEqual(2 * OVER_S);
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('is asked for more no sooner than after a rest, nor while it has hardly room, and what was in vain is tried ever more seldom', () => {
    fc.assert(
      fc.property(stretches, (list) => {
        const seconds = played(list);
        let [restedFrom, calm] = [-Infinity, 0];
        for (const { at, ratio, stretch, step, degree } of seconds) {
          calm = !stretch.silent && ratio <= 0.5 ? calm + 1 : 0;
          if (step === null) continue;
          if (step.excess === null) {
            expect(at - restedFrom).toBeGreaterThanOrEqual(REST_MS.first);
            if (degree === 'few') expect(calm).toBeGreaterThanOrEqual(CALM_S);
          }
          restedFrom = at;
          calm = 0;
        }
      }),
      { numRuns: runs(100) },
    );
    const heavy: Stretch = { seconds: 1_800, share: 3, of: 'cpu', few: 1, hasFew: false, silent: false };
    const tries = played([heavy]).filter(({ step }) => step?.excess === null);
    // 30 s, a minute, two, four, five and ever five.
    expect(tries.length).toBe(8);
    expect(played([heavy]).filter(({ ratio }) => ratio > 1).length).toBeLessThanOrEqual(
      (tries.length + 1) * OVER_S,
    );
  });

  it('goes back to all once there is room, and begins its rests anew once that has held', () => {
    const list: Stretch[] = [
      { seconds: 40, share: 3, of: 'packets', few: 0.2, hasFew: true, silent: false },
      { seconds: 300, share: 0.3, of: 'packets', few: 0.2, hasFew: true, silent: false },
      { seconds: 10, share: 3, of: 'packets', few: 0.2, hasFew: true, silent: false },
    ];
    const steps = played(list).flatMap(({ at, step }) => (step === null ? [] : [{ at, ...step }]));
    expect(steps.map(({ degree }) => degree)).toEqual(['few', 'all', 'few']);
    expect(steps.map(({ at, notBefore }) => notBefore - at)).toEqual([30_000, 30_000, 30_000]);
  });

  it('is relieved where it was over and tells no more, and a second counts once', () => {
    const much = { ...quiet, packets: 3_000 };
    const late = new NodeGovernor(CAP);
    expect([much, null, null, null].map((load, at) => late.second(at * 1_000, load, () => true))).toEqual([
      ...[null, null, null, null],
    ]);
    expect(late.second(4_000, 'late', () => true)).toMatchObject({
      degree: 'few',
      excess: { of: 'packets' },
    });
    const calm = new NodeGovernor(CAP);
    expect(
      ([quiet, 'late', 'late', 'late'] as const).map((load, at) => calm.second(at * 1_000, load, () => true)),
    ).toEqual([...[null, null, null, null]]);
  });

  it('has room for the few by what is too much', () => {
    const load = { packets: 900, bytes: 400_000, cpu: 4, dropped: 90 };
    expect(shareThatFits({ of: 'bytes', load, cap: 100_000 })).toBe(0.25);
    expect(shareThatFits({ of: 'cpu', load, cap: 1 })).toBe(0.25);
    expect(shareThatFits({ of: 'dropped', load, cap: 0.01 })).toBe(0.5);
  });

  it('says of each step down what was too much, and takes less where the kernel loses some of many, but not nothing', () => {
    const lost = { ...quiet, packets: 800, dropped: 30 };
    expect(steps(lost, { packets: 1_000, bytes: Infinity, cpu: Infinity })).toEqual([]);
    const many = { ...lost, packets: 25_000, dropped: 900 };
    expect(steps(many, { packets: 100_000, bytes: Infinity, cpu: Infinity })).toMatchObject([
      { degree: 'few', excess: { of: 'dropped' } },
    ]);
    expect(steps({ ...quiet, cpu: 1.5, packets: 1_100 }, CAP)[0]?.excess).toMatchObject({
      of: 'cpu',
      cap: 1,
    });

    // Nor is it asked for more while the kernel still loses some.
    const governor = new NodeGovernor({ packets: 100_000, bytes: Infinity, cpu: Infinity });
    const degrees = Array.from({ length: 120 }, (_, second) => {
      governor.second(second * 1_000, many, () => true);
      return governor.degree;
    });
    expect(new Set(degrees.slice(10))).toEqual(new Set(['few']));

    function steps(load: NodeLoad, caps: Caps): Step[] {
      const governor = new NodeGovernor(caps);
      return [1, 2, 3, 4].flatMap((second) => governor.second(second * 1_000, load, () => true) ?? []);
    }
  });
});
