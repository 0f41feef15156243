// A packet at six vantage points of two Pods on two nodes, whose clocks differ: whole, lost, cut anew, lost by a capture.
import { describe, expect, it } from 'vitest';
import { EtherType, LinkType, sll2 } from '../packet/testing/packets/link.ts';
import { icmp, ipv4, tcp, udp } from '../packet/testing/packets/network.ts';
import { hex, join, u32, zeros } from '../packet/testing/packets/parts.ts';
import { pcap, type Recorded } from '../packet/testing/pcap.ts';
import { PacketStore } from '../packet/store/packet-store.ts';
import { Correlator } from './correlator.ts';
import type { Trail, Way } from './model.ts';

const BASE = 1_700_000_000;
const OUT = 4;
const FROM = '10.0.0.1';
const TO = '10.0.0.2';
const OUTSIDE = '10.9.9.9';
/** Places: a Pod, its node, the other node, its Pod. Captures have the numbers of their places. */
const PLACES = [1, 2, 3, 4];
/** Node 2's clock is 0.3 s ahead. */
const AHEAD_NS = 300_000_000;
const PATH = [
  { place: 1, ifindex: 2, way: 'out', ttl: 64 },
  { place: 2, ifindex: 5, way: 'in', ttl: 64 },
  { place: 2, ifindex: 2, way: 'out', ttl: 63 },
  { place: 3, ifindex: 2, way: 'in', ttl: 63 },
  { place: 3, ifindex: 7, way: 'out', ttl: 62 },
  { place: 4, ifindex: 2, way: 'in', ttl: 62 },
] as const;

type Step = (typeof PATH)[number];

interface Sent {
  /** ns since the base second, true time. */
  readonly at: number;
  /** At each visit: the IP packets there. */
  readonly as: (step: Step, index: number) => readonly Uint8Array[];
  /** Visits from this one on do not see it. */
  readonly lostAt?: number;
}

interface Known {
  /** Of each place, how many its kernel has dropped by the second second. */
  readonly drops?: ReadonlyMap<number, number>;
  /** In which captures deliver. */
  readonly order?: readonly number[];
  readonly isForetold?: boolean;
  /** Whose the last namespace is is known. */
  readonly hasReceiver?: boolean;
  /** Of node 2's clock, ns. */
  readonly aheadNs?: number;
  /** Clocks are known to a millisecond. */
  readonly isCompared?: boolean;
  /** As whom it leaves its node, from the third visit on. */
  readonly outside?: string;
  /** Second in which captures end, and nothing comes any more. */
  readonly endsAt?: number;
  /** There is room for no more; then come these, when all captures have long passed those before and nobody has looked yet. */
  readonly crowded?: { readonly mostSightings: number; readonly by: readonly Sent[] };
}

/** What comes of it once all has been seen. */
function trailsOf(
  sent: readonly Sent[],
  {
    drops = new Map(),
    order = PLACES,
    isForetold = true,
    hasReceiver = true,
    aheadNs = AHEAD_NS,
    isCompared = false,
    outside = FROM,
    endsAt = Infinity,
    crowded,
  }: Known = {},
): readonly Trail[] {
  const correlator = new Correlator({ baseSecond: BASE, mostSightings: crowded?.mostSightings ?? 100_000 });
  if (isCompared)
    for (const node of [1, 2]) correlator.clocks.set(node, node === 1 ? 0 : -aheadNs, 1_000_000);
  const store = new PacketStore({ maxBytes: 16_000_000 });
  const addresses = new Set([FROM, TO]);
  for (const place of PLACES)
    correlator.capture(place, {
      ...{
        place,
        node: place < 3 ? 1 : 2,
        ifindex: null,
        addresses,
        peers: null,
        outside: [],
        seesCarried: true,
      },
      receives: new Set(place === 4 && hasReceiver ? [TO] : []),
    });
  const visits = PATH.map(({ place, ifindex, way }) => correlator.visits.of(place, ifindex, way));
  const way: Way = {
    visits: visits.map((visit, index) => ({
      ...{ visit, carried: false },
      ends: { source: index < 2 ? FROM : outside, destination: TO },
    })),
    end: 'delivered',
    takes: {},
  };
  let taken = 0;
  const decoders = new Map(PLACES.map((place) => [place, store.decoder(place)]));
  for (const place of PLACES) decoders.get(place)?.push(pcap(LinkType.linuxSll2, [], { nano: true }));
  const takeAll = (all: readonly Sent[], place: number): void => {
    const packets = all.flatMap(({ at, as, lostAt = PATH.length }) =>
      PATH.flatMap((step, index): Recorded[] => {
        if (step.place !== place || index >= lostAt) return [];
        const time = at + index * 10_000 + (place > 2 ? aheadNs : 0);
        return as(step, index).map((ip) => ({
          bytes: sll2(EtherType.ipv4, ip, {
            ifindex: step.ifindex,
            packetType: step.way === 'out' ? OUT : 0,
          }),
          seconds: BASE + Math.floor(time / 1e9),
          fraction: time % 1e9,
        }));
      }),
    );
    decoders.get(place)?.push(pcap(LinkType.linuxSll2, packets, { nano: true }).slice(24));
    for (const segment of store.segments) {
      const from = Math.max(0, taken + 1 - segment.firstNumber);
      correlator.take(segment, from, segment.count);
    }
    taken = store.total;
  };
  for (const place of order) takeAll(sent, place);
  for (let flow = 1; isForetold && flow <= correlator.flows.size; flow += 1) correlator.expect(flow, way);
  const last = new Map<number, Trail>();
  if (crowded !== undefined) {
    for (const s of [0, 15]) for (const place of PLACES) correlator.tick(place, { s: BASE + s, ns: 0 }, 0);
    for (const place of order) takeAll(crowded.by, place);
  }
  for (let s = 0; s <= Math.min(20, endsAt); s += 1) {
    for (const place of PLACES)
      correlator.tick(place, { s: BASE + s, ns: 0 }, s > 1 ? (drops.get(place) ?? 0) : 0);
    for (const trail of correlator.look()) last.set(trail.id, trail);
  }
  if (endsAt < Infinity) {
    for (const place of PLACES) correlator.end(place);
    for (const trail of [...correlator.look(), ...correlator.finish()]) last.set(trail.id, trail);
  }
  expect(correlator.waiting).toBe(0);
  const trails = [...last.values()].filter(({ verdict }) => verdict !== 'withdrawn');
  expect(trails.every(({ final }) => final)).toBe(true);
  return trails;
}

const told = (trails: readonly Trail[]) =>
  trails.map(({ verdict, sightings, bytes, stop }) => ({
    verdict,
    seen: sightings.map(({ visit }) => visit).join(' '),
    bytes,
    stop: stop === null ? null : [stop.after, stop.before],
  }));

const datagram =
  (tag: number, id = 0) =>
  (step: Step) => [ipv4(17, udp(4000, 9000, u32(tag)), { id, ttl: step.ttl, source: FROM, destination: TO })];
const segment = (step: Step, sequence: number, bytes: number) =>
  ipv4(6, tcp(4000, 9000, zeros(bytes), { sequence, options: join(hex('0101080a'), u32(77), u32(7)) }), {
    ttl: step.ttl,
    source: FROM,
    destination: TO,
  });

describe('a packet from Pod to Pod', () => {
  it('is one trail through all six vantage points, in order, whatever the clocks say', () => {
    const trails = trailsOf([
      { at: 1e9, as: datagram(1) },
      { at: 1.2e9, as: datagram(2) },
    ]);
    expect(told(trails)).toEqual([
      { verdict: 'delivered', seen: '1 2 3 4 5 6', bytes: 4, stop: null },
      { verdict: 'delivered', seen: '1 2 3 4 5 6', bytes: 4, stop: null },
    ]);
  });

  it('is the same one in whatever order its captures come', () => {
    const trails = trailsOf([{ at: 1e9, as: datagram(1) }], { order: [3, 4, 2, 1] });
    expect(told(trails)).toEqual([{ verdict: 'delivered', seen: '1 2 3 4 5 6', bytes: 4, stop: null }]);
  });

  it('that is lost is dropped where it was seen last', () => {
    const trails = trailsOf([{ at: 1e9, as: datagram(1), lostAt: 4 }]);
    expect(told(trails)).toEqual([{ verdict: 'dropped', seen: '1 2 3 4', bytes: 4, stop: [4, 5] }]);
  });

  it('that a capture may have lost is not captured', () => {
    const trails = trailsOf([{ at: 1.2e9, as: datagram(1), lostAt: 4 }], { drops: new Map([[3, 5]]) });
    expect(told(trails)).toEqual([{ verdict: 'notCaptured', seen: '1 2 3 4', bytes: 4, stop: null }]);
  });

  it('of a stream that is cut anew on its way is its bytes; those of a lost cut alone are dropped', () => {
    const cutAtNic = (step: Step, index: number) =>
      index < 2 ? [segment(step, 1000, 3000)] : [0, 1000, 2000].map((at) => segment(step, 1000 + at, 1000));
    expect(told(trailsOf([{ at: 1e9, as: cutAtNic }]))).toEqual([
      { verdict: 'delivered', seen: '1 2 3 4 5 6', bytes: 3000, stop: null },
    ]);
    const lostCut = (step: Step, index: number) =>
      cutAtNic(step, index).filter((_, at) => index < 3 || at !== 1);
    expect(told(trailsOf([{ at: 1e9, as: lostCut }]))).toEqual([
      { verdict: 'delivered', seen: '1 2 3 4 5 6', bytes: 1000, stop: null },
      { verdict: 'dropped', seen: '1 2 3', bytes: 1000, stop: [3, 4] },
      { verdict: 'delivered', seen: '1 2 3 4 5 6', bytes: 1000, stop: null },
    ]);
  });

  it('like another one, of which one is lost, is ambiguous, unless its identification tells', () => {
    const like = (id: number) => [
      { at: 1e9, as: datagram(1, id), lostAt: 4 },
      { at: 1.1e9, as: datagram(1, id === 0 ? 0 : id + 1) },
    ];
    expect(told(trailsOf(like(0))).map(({ verdict }) => verdict)).toEqual(['ambiguous', 'ambiguous']);
    expect(told(trailsOf(like(7))).map(({ verdict }) => verdict)).toEqual(['dropped', 'delivered']);
  });
});

describe('what is cut on its way, or put together', () => {
  const end = (step: Step) => ({ ttl: step.ttl, source: FROM, destination: TO });
  /** From the third visit on, as a NIC without that offload sends it. */
  const segmented =
    (tag: number, outside = FROM): Sent['as'] =>
    (step, index) => {
      const pieces = [0, 1, 2].map((part) => join(u32(tag), u32(part), zeros(1192)));
      return index < 2
        ? [ipv4(17, udp(4000, 9000, join(...pieces)), { id: tag, ...end(step) })]
        : pieces.map((piece, part) =>
            ipv4(17, udp(4000, 9000, piece), { id: tag + part, ...end(step), source: outside }),
          );
    };
  const datagramOf = (tag: number) => udp(4000, 9000, join(u32(tag), zeros(2000)));
  const echoOf = (tag: number) => icmp(8, 0, join(u32(0x4d_0000 + tag), zeros(2000)));
  const fragmented =
    (tag: number, protocol = 17, whole = datagramOf(tag)): Sent['as'] =>
    (step, index) => {
      if (index < 2) return [ipv4(protocol, whole, { id: tag, ...end(step) })];
      return [
        ipv4(protocol, whole.slice(0, 1200), { id: tag, flags: 1, ...end(step) }),
        ipv4(protocol, whole.slice(1200), { id: tag, offset: 150, ...end(step) }),
      ];
    };
  const verdictsOf = (trails: readonly Trail[], of: (trail: Trail) => boolean) => [
    ...new Set(trails.filter(of).map(({ verdict }) => verdict)),
  ];
  /** Of these places some were lost in the second second, or in the third. */
  const lossy = (...places: readonly number[]) => new Map(places.map((place) => [place, 1]));
  const cutAtTheThird = ({ sightings }: Trail): boolean => sightings.length === 2;

  it.each([
    ['UDP by its sender’s NIC', segmented],
    ['a datagram by a router', fragmented],
  ])('is never called dropped: %s', (_, cut) => {
    const sent = [1, 2, 3].map((nth) => ({ at: (3 + nth) * 1e9, as: cut(100 * nth) }));
    const trails = trailsOf(sent);
    expect(verdictsOf(trails, cutAtTheThird)).toEqual(['ambiguous']);
    expect(trails.filter(cutAtTheThird).every(({ because }) => because?.includes('come out'))).toBe(true);
    expect(verdictsOf(trails, (trail) => !cutAtTheThird(trail))).toEqual(['delivered']);
    // Nothing else of the flow becomes unsure: what is lost long after is dropped.
    const lost = trailsOf([...sent, { at: 12e9, as: datagram(9), lostAt: 2 }]).filter(
      ({ bytes }) => bytes === 4,
    );
    expect(told(lost)).toMatchObject([{ verdict: 'dropped', stop: [2, 3] }]);
  });

  it.each([
    ['then', { at: 4e9, wholeAfter: -80_000 }],
    ['at the end of a day of the calendar', { at: 4_099_980_000, wholeAfter: -80_000 }],
    // By clocks that nobody has compared yet.
    [
      'when all that came out of it is long settled',
      { at: 4e9, wholeAfter: 200_000_000, aheadNs: -300_000_000 },
    ],
    ['long after, and it comes out long after', { at: 4e9, wholeAfter: -80_000, hasReceiver: false }],
  ])('nor where its way is learned only %s', (_, { at, wholeAfter, ...known }) => {
    const sent = [
      { at, as: segmented(50) },
      { at: at + wholeAfter, as: datagram(9) },
    ];
    const trails = trailsOf(sent, { ...known, isForetold: false });
    expect(verdictsOf(trails, cutAtTheThird)).toEqual(['ambiguous']);
  });

  it('nor where what translates it on its way told nobody', () => {
    const trails = trailsOf([{ at: 4e9, as: segmented(50, OUTSIDE) }], { outside: OUTSIDE });
    expect(verdictsOf(trails, cutAtTheThird)).toEqual(['ambiguous']);
  });

  it('is not what a capture may have missed the beginning of: that is as long as what is lost', () => {
    const begun =
      (bytes: number): Sent['as'] =>
      (step, index) =>
        index < 2 ? [] : [ipv4(17, udp(4000, 9000, zeros(bytes)), { ...end(step), id: 7 })];
    const lost = { at: 1.2e9, as: datagram(1, 5), lostAt: 3 };
    const verdict = (bytes: number, isCompared: boolean): unknown =>
      trailsOf([lost, { at: 1.5e9, as: begun(bytes) }], { drops: lossy(1, 2), isCompared }).find(
        ({ identification }) => identification === 5,
      )?.verdict;
    expect(verdict(4, true)).toBe('dropped');
    expect(verdict(3, true)).toBe('ambiguous');
    // It may have passed there when nothing was lost.
    expect(verdict(4, false)).toBe('ambiguous');
  });

  it('nor where it is settled for want of room, before anybody has asked about what comes out', () => {
    // Two and four of the datagram and of its three pieces.
    const crowded = { mostSightings: 14, by: [{ at: 14e9, as: datagram(9) }] };
    // They come out in the next day of the calendar.
    const trails = trailsOf([{ at: 4_099_980_000, as: segmented(50) }], { crowded });
    expect(verdictsOf(trails, cutAtTheThird)).toEqual(['ambiguous']);
  });

  const renumbered: Sent['as'] = (step, index) => [
    ipv4(17, udp(4000, 9000, u32(7)), { ...end(step), id: index < 2 ? 7 : 8 }),
  ];

  it('what has another identification from somewhere on is not called dropped, as long as it is whole', () => {
    const trails = trailsOf([{ at: 4e9, as: renumbered }]);
    expect(told(trails).map(({ verdict, seen }) => [verdict, seen])).toEqual([
      ['ambiguous', '1 2'],
      ['delivered', '3 4 5 6'],
    ]);
  });

  it.each([
    // The last of them may still be on its way.
    ['shortly before captures end', [10e9, 10.4e9, 10.95e9], { endsAt: 11 }, ['ambiguous', 'notCaptured']],
    // The first of them may have been lost there.
    [
      'shortly after captures lost some',
      [2.8e9, 3.5e9],
      { drops: lossy(1, 2) },
      ['notCaptured', 'ambiguous'],
    ],
    ['while one of those that should have seen it lost some', [2e9], { drops: lossy(1) }, ['ambiguous']],
  ])('nor %s', (_, times, known, expected) => {
    // Of its connection one has passed: nobody on its way has to look for a neighbour any more.
    const sent = [{ at: 1e9, as: datagram(9) }, ...times.map((at) => ({ at, as: renumbered }))];
    const trails = trailsOf(sent, { ...known, aheadNs: 0, isCompared: true });
    expect(verdictsOf(trails, cutAtTheThird)).toEqual(expected);
    expect(verdictsOf(trails, (trail) => !cutAtTheThird(trail))).toEqual(['delivered']);
  });

  it('what is put together on its way and cut again is not called dropped', () => {
    // As br_netfilter does: at the third visit there is the whole, before and behind it are the pieces.
    const again: Sent['as'] = (step, index) => [...fragmented(700)(step, index === 2 ? 0 : 5)];
    const trails = trailsOf([{ at: 4e9, as: again }]);
    const ofWhole = ({ sightings }: Trail): boolean => sightings.length === 1;
    expect(verdictsOf(trails, ofWhole)).toEqual(['ambiguous']);
    expect(trails.find(ofWhole)?.because).toMatch(/^nobody saw it go in/);
    expect(verdictsOf(trails, (trail) => !ofWhole(trail))).toEqual(['delivered']);
  });

  it.each([
    ['a datagram', 17, datagramOf(700)],
    ['an echo', 1, echoOf(700)],
  ])('of pieces that are put together none is called dropped: %s', (_, protocol, sent) => {
    const joined: Sent['as'] = (step, index) => {
      const pieces = fragmented(700, protocol, sent)(step, 5);
      const [whole] = fragmented(700, protocol, sent)(step, 0);
      return index < 2 ? pieces : whole === undefined ? [] : [whole];
    };
    const trails = trailsOf([{ at: 4e9, as: joined }]);
    expect(verdictsOf(trails, cutAtTheThird)).toEqual(['ambiguous']);
    expect(verdictsOf(trails, (trail) => !cutAtTheThird(trail))).toEqual(['delivered']);
  });
});

it('at the end, a packet may still wait for a neighbour, unless others of its connection went that way', () => {
  const datagram = (id: number): Sent['as'] => {
    return ({ ttl }) => [ipv4(17, udp(4000, 9000, u32(id)), { id, ttl, source: FROM, destination: TO })];
  };
  const held: Sent = { at: 9e9, as: datagram(1), lostAt: 2 };
  const verdictsOf = (sent: readonly Sent[]): readonly string[] =>
    trailsOf(sent, { aheadNs: 0, endsAt: 11 }).map(({ verdict }) => verdict);
  expect(verdictsOf([held])).toEqual(['notCaptured']);
  expect(verdictsOf([{ at: 2e9, as: datagram(2) }, held]).toSorted()).toEqual(['delivered', 'dropped']);
});

it('while no capture runs more may come: what was seen so far is not all', () => {
  const correlator = new Correlator({ baseSecond: BASE });
  const addresses = new Set([FROM]);
  const capture = {
    ...{ place: 1, node: 1, ifindex: null, addresses, peers: null, outside: [], seesCarried: true },
    receives: addresses,
  };
  correlator.capture(1, capture);
  for (const s of [1, 20]) correlator.tick(1, { s: BASE + s, ns: 0 }, 0);
  correlator.look();
  expect(correlator.settled).toBe(15e9);
  correlator.end(1);
  correlator.look();
  expect(correlator.settled).toBe(15e9);
  correlator.finish();
  expect(correlator.settled).toBe(Infinity);
});
