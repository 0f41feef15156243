// Traffic that passes all vantage points: whole trails, of one packet each.
import { expect } from 'vitest';
import {
  bytes,
  count,
  isWhole,
  LANES,
  NIC,
  ONE,
  OTHER,
  UDP,
  words,
  type Case,
  type Mode,
} from './trail-case.ts';
import { FROM, TO, type Seen, type TrailsOfLab } from './trails-of-lab.ts';

/** Trails whose packets are looked at one by one. */
const LOOKED_AT = 40;
/** Of packets (of TCP: bytes) that passed all vantage points, how many must be whole trails. */
const WHOLE = 0.999;
/** As often as a NIC that cuts, or one that merges, must change what is seen. */
const CUT = 10;
/**
 * Of each datagram, packets that nobody saw go in or come out: what br_netfilter puts together and cuts again; and fragments of IPv6, which
 * conntrack puts together and cuts again, under another identification each time.
 */
const CUT_ANEW: Readonly<Partial<Record<Mode, number>>> = { bridge: 1, flannel: 1, 'dual stack': 6 };
/** Where Pods go to nodes as their own node. */
const MASQUERADING: ReadonlySet<Mode> = new Set(['vxlan', 'flannel']);
/** Until that is known of the Pod, and captures have begun anew for it. */
const KNOWN_WITHIN_MS = 40_000;

/** No sighting is of two trails, and all of one are of the same packet. */
async function expectNoFalseJoin({ trails, numberOf }: Seen): Promise<void> {
  const seen = new Set(trails.flatMap(({ sightings }) => sightings.map(({ packet }) => packet)));
  expect(seen.size).toBe(trails.reduce((sum, { sightings }) => sum + sightings.length, 0));
  const every = Math.ceil(trails.length / LOOKED_AT);
  for (const { sightings } of trails.filter((_, index) => index % every === 0)) {
    const numbers = await Promise.all(sightings.map(({ packet }) => numberOf(packet)));
    expect(new Set(numbers).size).toBe(1);
  }
}

/** As whom the Pod goes to that node is learnt of its packets, and captured there since then. */
async function sendUntilDelivered({ lab, engine }: TrailsOfLab): Promise<void> {
  const deadline = performance.now() + KNOWN_WITHIN_MS;
  const isDelivered = (): boolean =>
    engine.watch.trailsView.flows.some(
      ({ source, destination, counts }) =>
        source.name === FROM && destination.port === 7000 && counts.delivered > 0,
    );
  while (!isDelivered()) {
    if (performance.now() > deadline) throw new Error(`nothing was delivered to ${OTHER}`);
    await lab.run('traffic', 'send', '--from', FROM, ...words(`--to ${OTHER} --count 100 --rate 500`));
  }
}

export const passing: readonly Case[] = [
  {
    what: 'from Pod to Pod',
    first: [],
    words: UDP,
    look: async (seen, mode) => {
      const { trails, report } = seen;
      expect([report.totals.heard, trails.length]).toEqual([1500, 1500]);
      expect(trails.filter((trail) => isWhole(trail, LANES[mode])).length).toBeGreaterThanOrEqual(
        WHOLE * trails.length,
      );
      await expectNoFalseJoin(seen);
    },
  },
  {
    what: 'through a Service, behind what translates it',
    first: [],
    words: words('--to traffic-udp --count 1000 --rate 1000 --flows 4'),
    look: async (seen) => {
      const { trails, report, lane } = seen;
      expect([report.totals.heard, trails.length, count(trails, 'delivered')]).toEqual([1000, 1000, 1000]);
      for (const { sightings } of trails) expect(lane(sightings.at(-1)?.lane)?.podName).toMatch(/^web-\d$/);
      await expectNoFalseJoin(seen);
    },
  },
  {
    what: 'TCP through a Service',
    first: [],
    words: words('--to traffic-tcp --protocol tcp --count 300 --rate 300 --sizes 16000 --flows 4'),
    look: ({ trails, report, lane }) => {
      expect(report.totals).toMatchObject({ sent: 300, heard: 300 });
      expect(bytes(trails)).toBeGreaterThanOrEqual(300 * 16_000);
      const whole = trails.filter(
        ({ verdict, sightings }) =>
          verdict === 'delivered' && lane(sightings.at(-1)?.lane)?.podName?.startsWith('web-') === true,
      );
      expect(bytes(whole)).toBeGreaterThanOrEqual(WHOLE * bytes(trails));
    },
  },
  {
    what: 'questions of DNS and their answers',
    first: [],
    words: words('--to traffic-dns --protocol dns --answer --count 200 --rate 200 --flows 4'),
    look: ({ trails, answers, report }) => {
      expect(report.totals.answered).toBe(200);
      expect([count(trails, 'delivered'), count(answers, 'delivered')]).toEqual([200, 200]);
    },
  },
  {
    what: 'to a node, where somebody listens only since then',
    first: [],
    before: async (of, mode) => {
      if (MASQUERADING.has(mode)) await sendUntilDelivered(of);
    },
    words: words(`--to ${OTHER} --count 1500 --rate 500`),
    look: ({ trails, report }, mode) => {
      expect(report.totals.heard).toBe(1500);
      // Who is masqueraded is not known by that before the first packets have gone: those are not captured behind there.
      const isKnown = trails.findIndex(({ verdict }) => verdict === 'delivered');
      const [before, since] = [trails.slice(0, isKnown), trails.slice(isKnown)];
      expect(count(before, 'notCaptured')).toBe(before.length);
      expect(count(since, 'delivered')).toBe(since.length);
      if (MASQUERADING.has(mode)) expect(since.length).toBeGreaterThan(1500);
      else expect([before.length, since.length]).toEqual([0, 1500]);
    },
  },
  {
    what: 'in fragments',
    first: [],
    words: words(`--to ${TO} --count 200 --rate 200 --sizes 4000`),
    look: ({ told, report }, mode) => {
      expect(report.totals.heard).toBe(200);
      const { delivered, ambiguous, dropped, rejected, inFlight } = told.counts;
      expect([dropped, rejected, inFlight]).toEqual([0, 0, 0]);
      expect(ambiguous).toBe(200 * (CUT_ANEW[mode] ?? 0));
      // As many fragments as the smallest MTU on the way makes of each; and what else a Pod with IPv6 has to say.
      expect(delivered).toBeGreaterThanOrEqual(400);
      if (mode !== 'dual stack') expect([delivered % 200, told.counts.notCaptured]).toEqual([0, 0]);
    },
  },
];

export const offloads: readonly Case[] = [
  {
    what: `cut at ${ONE} alone, put together at ${OTHER} alone`,
    first: [
      ['fault', 'offloads-off', '--on', ONE],
      ['fault', 'gro-on', '--on', OTHER],
    ],
    words: words(`--to ${TO} --protocol tcp --count 150 --rate 100 --sizes 60000 --flows 2`),
    look: ({ trails, report, point }, mode) => {
      expect(report.totals).toMatchObject({ sent: 150, heard: 150 });
      const [before, cut, merged] = [
        point(new RegExp(`^${ONE}/${FROM}/eth0$`)),
        point(new RegExp(`^${ONE}/${NIC}$`)),
        point(new RegExp(`^${OTHER}/${NIC}$`)),
      ].map((one) => one?.packets ?? NaN);
      // Else nothing was tested.
      expect(cut).toBeGreaterThanOrEqual(CUT * (before ?? NaN));
      expect(cut).toBeGreaterThanOrEqual(CUT * (merged ?? NaN));
      expect(bytes(trails)).toBeGreaterThanOrEqual(150 * 60_000);
      const whole = trails.filter((trail) => isWhole(trail, LANES[mode]));
      expect(bytes(whole)).toBeGreaterThanOrEqual(WHOLE * bytes(trails));
    },
  },
];
