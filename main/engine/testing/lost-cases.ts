// Traffic that loses packets, or of which captures lose some: by sender, receiver and kernel it is known which.
import { expect } from 'vitest';
import type { LaneView } from '../../../app/contract/trails.ts';
import {
  count,
  isWhole,
  LANES,
  NIC,
  ONE,
  OTHER,
  TUNNEL_PORTS,
  UDP,
  words,
  type Case,
  type Mode,
} from './trail-case.ts';
import { FROM, isLost, TO, type Seen, type TrailsOfLab } from './trails-of-lab.ts';

const AHEAD_MS = 500;
/** µs by which a clock drifts while a packet is on its way and is answered, and then some. */
const DRIFTED_US = 5;

/** By what the lab calls the place; of a packet that came, behind which of its lanes that is. */
interface Loss {
  readonly where: string;
  readonly node: string;
  /** There packets are in the tunnel, if there is one. */
  readonly outer?: true;
  readonly behind: (way: readonly LaneView[]) => LaneView | undefined;
}

/** A bridge that hands its packets to the hooks of IP (br_netfilter) does so before it takes them in itself. */
const cameFirst =
  (node: string) =>
  (way: readonly LaneView[]): LaneView | undefined =>
    way.find((lane) => lane.nodeLabel === node && lane.podName === null && lane.way === 'in');
const cameIn =
  (node: string) =>
  (way: readonly LaneView[]): LaneView | undefined =>
    way.findLast((lane) => lane.nodeLabel === node && lane.podName === null && lane.way === 'in');
const atNic =
  (node: string, before = 0) =>
  (way: readonly LaneView[]): LaneView | undefined =>
    way[way.findIndex((lane) => lane.nodeLabel === node && lane.interfaceName === NIC) - before];

const losses: readonly Loss[] = [
  { where: 'prerouting', node: ONE, behind: cameFirst(ONE) },
  { where: 'forward', node: ONE, behind: cameIn(ONE) },
  { where: 'postrouting', node: ONE, behind: cameIn(ONE) },
  { where: `${NIC}:out`, node: ONE, outer: true, behind: atNic(ONE, 1) },
  { where: 'fabric', node: ONE, outer: true, behind: atNic(ONE) },
  { where: `fabric:${OTHER}`, node: ONE, outer: true, behind: atNic(ONE) },
  { where: `${NIC}:in`, node: OTHER, outer: true, behind: atNic(OTHER) },
  { where: 'prerouting', node: OTHER, behind: cameIn(OTHER) },
  { where: 'forward', node: OTHER, behind: cameIn(OTHER) },
  { where: 'postrouting', node: OTHER, behind: cameIn(OTHER) },
];
const outOfSight: readonly (Pick<Loss, 'where' | 'node'> & { readonly isSent: boolean })[] = [
  { where: `${FROM}/output`, node: ONE, isSent: false },
  { where: `${TO}/input`, node: OTHER, isSent: true },
];

async function expectDropsAt(behind: Loss['behind'], seen: Seen, mode: Mode): Promise<void> {
  const { trails, report, lane, numberOf } = seen;
  const whole = trails.find((trail) => isWhole(trail, LANES[mode]));
  const after = behind(whole?.sightings.flatMap((one) => lane(one.lane) ?? []) ?? []);
  expect(after).toBeDefined();
  const drops = trails.filter(({ verdict }) => verdict === 'dropped');
  expect([trails.length, drops.length]).toEqual([report.totals.sent, report.totals.lost]);
  expect(count(trails, 'delivered')).toBe(report.totals.heard);
  expect(new Set(drops.map(({ stop }) => lane(stop?.after)?.label))).toEqual(new Set([after?.label]));
  for (const { sightings } of drops)
    expect(isLost(report, await numberOf(sightings[0]?.packet ?? 0))).toBe(true);
}

/** What the fabric sees of what is in a tunnel; undefined: there is none. */
const outerOf = (mode: Mode): string | undefined => {
  const port = TUNNEL_PORTS[mode];
  return port === undefined ? undefined : `udp dport ${port}`;
};

const lossy = (mode: Mode, one: Pick<Loss, 'where' | 'outer' | 'node'>): readonly string[] => {
  const outer = one.outer === true ? outerOf(mode) : undefined;
  return ['fault', 'loss', `${one.where} 15% ${outer ?? 'udp dport 7000'}`, '--on', one.node];
};

export const lost = (mode: Mode): readonly Case[] => [
  ...losses.map((one) => ({
    what: `in ${one.where} at ${one.node}`,
    first: [lossy(mode, one)],
    words: UDP,
    look: async (seen: Seen) => {
      expect(seen.dropped).toBeGreaterThan(100);
      expect(seen.report.totals.lost).toBe(seen.dropped);
      await expectDropsAt(one.behind, seen, mode);
    },
  })),
  ...outOfSight.map(({ where, node, isSent }) => ({
    what: `in ${where}, where nobody can look`,
    first: [lossy(mode, { where, node })],
    words: UDP,
    look: ({ trails, dropped, report }: Seen) => {
      expect(dropped).toBeGreaterThan(100);
      // What a Pod may not send is nowhere; what its interface got has come to it.
      expect(trails.length).toBe(isSent ? 1500 : report.totals.heard);
      expect(count(trails, 'delivered')).toBe(trails.length);
    },
  })),
  {
    what: 'of TCP, which sends it again at once',
    first: [['fault', 'loss', `fabric 2% ${outerOf(mode) ?? 'tcp dport 7000'}`, '--on', ONE]],
    words: words(`--to ${TO} --protocol tcp --count 500 --rate 250 --sizes 16000`),
    look: ({ trails, dropped, report, lane }) => {
      expect(report.totals).toMatchObject({ sent: 500, heard: 500 });
      expect(dropped).toBeGreaterThan(0);
      const drops = trails.filter(({ verdict }) => verdict === 'dropped');
      for (const { stop } of drops) expect(lane(stop?.after)?.label).toBe(`${ONE}/${NIC}`);
      // A packet that was lost may be trails of several ranges.
      const told = new Set(drops.map(({ sightings }) => sightings.at(-1)?.packet)).size;
      // IPv6 has no identification: what is sent again within a millisecond, a TSval, is like what was lost.
      const unsure = count(trails, 'ambiguous');
      expect(told).toBeLessThanOrEqual(dropped);
      expect(told + (mode === 'dual stack' ? unsure : 0)).toBeGreaterThanOrEqual(dropped);
      expect(count(trails, 'delivered') + drops.length + (mode === 'dual stack' ? unsure : 0)).toBe(
        trails.length,
      );
    },
  },
];

export const captures: readonly Case[] = [
  {
    what: `at ${OTHER}, while the fabric drops some, too`,
    first: [
      ['fault', 'capture-loses', '--on', OTHER],
      ['fault', 'loss', 'forward 15% udp dport 7000', '--on', ONE],
    ],
    words: words(`--to ${TO} --count 10000 --rate 5000`),
    look: async ({ trails, report, view, dropped, lane, numberOf }) => {
      // Else nothing was tested.
      expect(view.loss.kernel).toBeGreaterThan(1000);
      expect([trails.length, report.totals.lost]).toEqual([10_000, dropped]);
      expect(count(trails, 'notCaptured')).toBeGreaterThan(100);
      // What one node drops the other's capture need not see.
      const drops = trails.filter(({ verdict }) => verdict === 'dropped');
      expect(drops).toHaveLength(dropped);
      for (const { sightings, stop } of drops) {
        expect(lane(stop?.after)?.nodeLabel).toBe(ONE);
        expect(isLost(report, await numberOf(sightings[0]?.packet ?? 0))).toBe(true);
      }
    },
  },
];

export const clocks: readonly Case[] = [
  {
    what: 'a second apart, and drifting, while packets are lost',
    first: [
      ['clock', ONE, '--offset', String(AHEAD_MS)],
      ['clock', OTHER, '--offset', '-500', '--drift', '100'],
      ['fault', 'loss', 'forward 15% udp dport 7000', '--on', OTHER],
    ],
    words: words(`--to ${TO} --count 1500 --rate 1500 --answer`),
    look: async (seen, mode, of) => {
      await expectDropsAt(cameIn(OTHER), seen, mode);
      const { trails, answers, told, lane } = seen;
      const orders = [trails, answers].map((all) => {
        const whole = all.filter((trail) => isWhole(trail, LANES[mode]));
        return new Set(whole.map(({ sightings }) => sightings.map((one) => lane(one.lane)?.label).join(' ')));
      });
      const [there = '', back = ''] = orders.map((order) => [...order].join(', '));
      expect(orders.map(({ size }) => size)).toEqual([1, 1]);
      expect(there.split(' ').reverse()).toEqual(back.split(' '));
      const { aheadUs, plusMinusUs } = told.clocks.find(({ nodeLabel }) => nodeLabel === OTHER) ?? {};
      // By the clock of who saw it first.
      const last = Math.max(...trails.map(({ at }) => at)) - AHEAD_MS;
      const truth = (await aheadAt(of, OTHER, last)) - (await aheadAt(of, ONE, last));
      console.log(`${aheadUs?.toFixed(0)} ± ${plusMinusUs?.toFixed(0)} µs, in truth ${truth.toFixed(0)}`);
      expect(Math.abs((aheadUs ?? NaN) - truth)).toBeLessThanOrEqual((plusMinusUs ?? NaN) + DRIFTED_US);
    },
  },
];

/** By how many µs a node's clock is ahead at a time of the machine (ms), by what was done to it. */
async function aheadAt({ lab }: TrailsOfLab, node: string, at: number): Promise<number> {
  const clock = JSON.parse(await lab.run('clock', node, '--json')) as {
    stretches: readonly { fromUs: number; offsetUs: number; driftPpm: number }[];
  };
  const { fromUs = 0, offsetUs = 0, driftPpm = 0 } = clock.stretches.at(-1) ?? {};
  return offsetUs + ((at * 1000 - fromUs) * driftPpm) / 1e6;
}
