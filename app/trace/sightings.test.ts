import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TraceHop } from './model.ts';
import { NO_SIGHTINGS, type Listening, type Sighting, type Sightings } from './sightings-model.ts';
import { sightingsTold, soughtPath, type PlaceTold } from './sightings.ts';

const POD = '10.1.0.2';
const PEER = '10.1.1.3';

function hop(
  place: string,
  ingress: string | null,
  egress: string | null,
  more: Partial<TraceHop> = {},
): TraceHop {
  const seenAs = {
    protocol: 6,
    src: POD,
    dst: PEER,
    sport: 40_000,
    dport: 8080,
    icmpType: null,
    carried: false,
  };
  return {
    nodeId: '',
    node: place,
    netnsId: `ns:${place}`,
    place,
    isPod: false,
    ingress,
    egress,
    ingressId: ingress === null ? null : `${place}/${ingress}`,
    egressId: egress === null ? null : `${place}/${egress}`,
    action: 'forward',
    nextHop: null,
    route: null,
    because: '',
    steps: [],
    packet: '',
    came: ingress === null ? null : seenAs,
    left: egress === null ? null : seenAs,
    evidence: [],
    ...more,
  };
}

const hops = [
  hop('pod', null, 'eth0'),
  hop('a', 'cali1', 'ens1'),
  hop('b', 'ens1', 'cali2'),
  hop('peer', 'eth0', null),
];
const path = soughtPath({ hops }, 'destination');

const listening = (netnsId: string, more: Partial<Listening> = {}): Listening => ({
  netnsId,
  device: null,
  addresses: [POD],
  peers: null,
  outside: [],
  holds: 'whole',
  wholeSince: 0,
  behind: 0,
  watermark: { s: 100, ns: 0 },
  ...more,
});
const sighting = (interfaceId: string, way: Sighting['way'], more: Partial<Sighting> = {}): Sighting => ({
  flow: 0,
  interfaceId,
  way,
  packets: 3,
  last: { s: 13, ns: 5 },
  seconds: [10, 12, 13],
  ...more,
});
/** Seen on a, and everything is captured but the peer's inside. */
const cut: Sightings = {
  since: 1,
  wholeSince: 1,
  sightings: [sighting('pod/eth0', 'out'), sighting('a/cali1', 'in'), sighting('a/ens1', 'out')],
  listening: [listening('ns:pod'), listening('ns:a'), listening('ns:b')],
};
const kinds = (places: readonly PlaceTold[]): string[] =>
  places.map((one) => (one.kind === 'unwatched' ? one.why : one.kind));
const stopsOf = (answer: Sightings, share = 1, of = path): string | null => {
  const { stops } = sightingsTold(of, share, answer);
  return stops === null ? null : `${stops.seenAt.name} | ${stops.missingAt.name}`;
};

describe('what a watch saw of a traced path', () => {
  it('ticks each interface off, and names the first one where it is missing', () => {
    const told = sightingsTold(path, 1, cut);
    expect(kinds(told.places)).toEqual(['seen', 'seen', 'seen', 'unseen', 'unseen', 'none']);
    expect(told.places[0]).toEqual({ kind: 'seen', packets: 3, last: { s: 13, ns: 5 } });
    expect(stopsOf(cut)).toBe('ens1 of a | ens1 of b');
  });

  it('misses nothing where it cannot be told', () => {
    const b = (more: Partial<Listening>): Sightings => ({
      ...cut,
      listening: [listening('ns:pod'), listening('ns:a'), listening('ns:b', more)],
    });
    expect(kinds(sightingsTold(path, 1, b({ holds: 'lost', wholeSince: null })).places).slice(3)).toEqual([
      'lost',
      'lost',
      'none',
    ]);
    expect(stopsOf(b({ holds: 'ended', wholeSince: null }))).toBeNull();
    // It began, or lost some, after these packets; before them is of no matter.
    expect(stopsOf(b({ holds: 'began-later', wholeSince: 12_500 }))).toBeNull();
    expect(stopsOf(b({ holds: 'lost', wholeSince: 11_000 }))).toBe('ens1 of a | ens1 of b');
    expect(stopsOf(b({ addresses: null }))).toBeNull();
    expect(stopsOf(b({ addresses: ['10.9.9.9'] }))).toBeNull();
    expect(stopsOf(b({ peers: ['10.9.9.9'] }))).toBeNull();
    expect(stopsOf(b({ peers: [PEER] }))).not.toBeNull();
    // As whom it is masqueraded there is captured beside its own addresses, to those alone.
    const masqueraded = { addresses: ['10.9.9.9'], outside: [{ address: POD, peers: [PEER] }] };
    expect(stopsOf(b(masqueraded))).toBe('ens1 of a | ens1 of b');
    expect(stopsOf(b({ ...masqueraded, outside: [{ address: POD, peers: ['8.8.8.8'] }] }))).toBeNull();
    expect(stopsOf(b({ device: 'lo' }))).toBeNull();
    expect(stopsOf(b({ device: 'cali2' }))).toBe('ens1 of a | cali2 of b');
    // It may still come.
    expect(stopsOf(b({ watermark: { s: 15, ns: 0 } }))).toBeNull();
    expect(stopsOf(b({ watermark: { s: 16, ns: 0 } }))).not.toBeNull();
    expect(stopsOf(b({ watermark: null }))).toBeNull();
    expect(stopsOf({ ...cut, wholeSince: null })).toBeNull();
    expect(stopsOf({ ...cut, wholeSince: 12_500 })).toBeNull();
    // They were seen before one looked for them along this path.
    expect(stopsOf({ ...cut, since: 20_000 })).toBeNull();
    expect(stopsOf(NO_SIGHTINGS)).toBeNull();
    // Nothing was sent, or one packet that may have passed before.
    expect(stopsOf({ ...cut, sightings: [] })).toBeNull();
    const once = cut.sightings.map((one) => ({ ...one, seconds: [13] }));
    expect(stopsOf({ ...cut, sightings: once })).toBeNull();
    // Others take another path.
    expect(stopsOf(cut, 0.5)).toBeNull();
    // It is seen further on.
    expect(stopsOf({ ...cut, sightings: [...cut.sightings, sighting('b/cali2', 'out')] })).toBeNull();
  });

  it('what was seen everywhere and breaks is missing from the first place on where it is not seen any more', () => {
    const [before, after] = [
      [10, 11, 12, 13],
      [10, 11, 12, 13, 17, 21],
    ];
    const at = (second: number): Pick<Sighting, 'last' | 'seconds'> => ({
      last: { s: second, ns: 0 },
      seconds: second === 13 ? before : after,
    });
    const broken = (more: Partial<Sightings> = {}): Sightings => ({
      ...cut,
      sightings: [
        sighting('pod/eth0', 'out', at(21)),
        sighting('a/cali1', 'in', at(21)),
        sighting('a/ens1', 'out', at(21)),
        sighting('b/ens1', 'in', at(13)),
        sighting('b/cali2', 'out', at(13)),
      ],
      ...more,
    });
    const { places, stops } = sightingsTold(path, 1, broken());
    expect(kinds(places)).toEqual(['seen', 'seen', 'seen', 'ceased', 'ceased', 'none']);
    expect([stops?.seenAt.name, stops?.missingAt.name]).toEqual(['ens1 of a', 'ens1 of b']);
    expect(stops?.until).toEqual({ s: 13, ns: 0 });
    // Not before it can be told, nor of what is sent seldom.
    const listens = (...b: Partial<Listening>[]): Partial<Sightings> => ({
      listening: [
        listening('ns:pod'),
        listening('ns:a'),
        ...b.map((more) => listening('ns:b', more)),
        ...(b.length === 0 ? [listening('ns:b')] : []),
      ],
    });
    expect(stopsOf(broken(listens({ watermark: { s: 22, ns: 0 } })))).toBeNull();
    expect(stopsOf(broken(listens({ watermark: { s: 23, ns: 0 } })))).not.toBeNull();
    const seldom = broken().sightings.map((one) => ({
      ...one,
      seconds: one.seconds.filter((each) => each !== 17),
    }));
    expect(stopsOf({ ...broken(), sightings: seldom })).toBeNull();
    // A capture that was started again: from then on.
    const ended = { holds: 'ended', wholeSince: null } as const;
    const again = (wholeSince: number): Sightings =>
      broken(listens(ended, { holds: 'began-later', wholeSince }));
    expect(stopsOf(again(15_000))).not.toBeNull();
    expect(stopsOf(again(18_000))).toBeNull();
    expect(stopsOf(broken(listens({ holds: 'lost', wholeSince: 18_000 })))).toBeNull();
    // It goes on behind: another way, or past the capture.
    const further = broken().sightings.map((one) =>
      one.interfaceId === 'b/cali2' ? { ...one, ...at(21) } : one,
    );
    expect(stopsOf({ ...broken(), sightings: further })).toBeNull();
    // Nobody sends any more: what was last missed stays missing; and it comes again.
    const mended = broken().sightings.map((one) => ({ ...one, ...at(21) }));
    expect(stopsOf({ ...broken(), sightings: mended })).toBeNull();
  });

  it('nodes’ clocks are compared by ours, and not at all where one was set', () => {
    const hour = 3_600_000;
    const shifted = (of: Sightings, behind: number | null): Sightings => ({
      ...of,
      listening: of.listening.map((one) =>
        one.netnsId === 'ns:b' ? { ...one, behind, watermark: { s: 100 - hour / 1000, ns: 0 } } : one,
      ),
    });
    expect(stopsOf(shifted(cut, hour))).toBe('ens1 of a | ens1 of b');
    expect(stopsOf(shifted(cut, null))).toBeNull();
    expect(stopsOf(shifted(cut, hour - 85_000))).toBeNull();
    // Seen there all the time, an hour ago by its own clock.
    const there = sighting('b/ens1', 'in', {
      last: { s: 13 - hour / 1000, ns: 0 },
      seconds: [10, 12, 13].map((second) => second - hour / 1000),
    });
    const healthy = { ...cut, sightings: [...cut.sightings, there], listening: cut.listening.slice(0, 3) };
    const toB = soughtPath(
      { hops: [hop('pod', null, 'eth0'), hop('a', 'cali1', 'ens1'), hop('b', 'ens1', null)] },
      'destination',
    );
    expect(stopsOf(shifted(healthy, hour), 1, toB)).toBeNull();
  });

  it('a packet in a tunnel is looked for where the filter sees it', () => {
    const carried = hops.map((one, at) =>
      at !== 1 || one.left === null ? one : { ...one, left: { ...one.left, carried: true } },
    );
    const told = sightingsTold(soughtPath({ hops: carried }, 'destination'), 1, { ...cut, sightings: [] });
    expect(kinds(told.places)).toEqual(['unseen', 'unseen', 'tunnel', 'unseen', 'unseen', 'none']);
  });

  it('which way a packet went matters where it goes out by where it came in', () => {
    const turn = soughtPath({ hops: [hop('a', 'ens1', 'ens1')] }, 'destination');
    const unknown = { ...cut, sightings: [sighting('a/ens1', 'other')] };
    expect(kinds(sightingsTold(turn, 1, unknown).places)).toEqual(['unseen', 'unseen']);
    expect(kinds(sightingsTold(path, 1, unknown).places)[2]).toBe('seen');
    expect(kinds(sightingsTold(path, 1, { ...cut, sightings: [sighting('a/ens1', 'in')] }).places)[2]).toBe(
      'unseen',
    );
  });

  it('each hop has its own addresses, and the ports that are known', () => {
    const translated = hops.map((one) =>
      one.place === 'b' && one.left !== null
        ? { ...one, left: { ...one.left, dst: '10.1.1.9', dport: 80 } }
        : one,
    );
    const { flows, places } = soughtPath({ hops: translated }, 'destination');
    expect(flows).toEqual([
      {
        protocol: 6,
        source: POD,
        destination: PEER,
        sourcePort: null,
        destinationPort: 8080,
        icmpType: null,
      },
      {
        protocol: 6,
        source: POD,
        destination: '10.1.1.9',
        sourcePort: null,
        destinationPort: 80,
        icmpType: null,
      },
    ]);
    expect(places.map(({ flow }) => flow)).toEqual([0, 0, 0, 0, 1, 0]);
    expect(soughtPath({ hops }, 'source').flows).toMatchObject([
      { sourcePort: 40_000, destinationPort: null },
    ]);
    expect(soughtPath({ hops }, 'both').flows).toMatchObject([{ sourcePort: 40_000, destinationPort: 8080 }]);
  });

  it('in whatever order it is told, it is the same; and it stops between seen and watched, or nowhere', () => {
    const time = fc.record({ s: fc.integer({ min: 0, max: 20 }), ns: fc.integer({ min: 0, max: 2 }) });
    const answers = fc.record({
      since: fc.constant(1),
      wholeSince: fc.option(fc.integer({ min: 0, max: 20_000 })),
      sightings: fc.array(
        fc.record({
          flow: fc.integer({ min: 0, max: 1 }),
          interfaceId: fc.constantFrom('pod/eth0', 'a/cali1', 'a/ens1', 'b/ens1', 'b/cali2', 'peer/eth0'),
          way: fc.constantFrom('in' as const, 'out' as const, 'other' as const),
          packets: fc.integer({ min: 1, max: 3 }),
          last: time,
          seconds: fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { maxLength: 6 }),
        }),
        { maxLength: 8 },
      ),
      listening: fc.array(
        fc.record({
          netnsId: fc.constantFrom('ns:pod', 'ns:a', 'ns:b', 'ns:peer'),
          device: fc.constantFrom(null, 'ens1', 'eth0'),
          addresses: fc.constantFrom<string[] | null>(null, [POD], [PEER], []),
          peers: fc.constantFrom<string[] | null>(null, [PEER], [POD], []),
          outside: fc.constantFrom<Listening['outside']>([], [{ address: POD, peers: [PEER] }]),
          holds: fc.constantFrom('whole' as const, 'lost' as const, 'ended' as const, 'began-later' as const),
          wholeSince: fc.option(fc.integer({ min: 0, max: 20_000 })),
          behind: fc.constantFrom(0, 0, 0, null),
          watermark: fc.option(time),
        }),
        { maxLength: 8 },
      ),
    });
    fc.assert(
      fc.property(answers, (answer) => {
        const told = sightingsTold(path, 1, answer);
        const turned = {
          ...answer,
          sightings: [...answer.sightings].reverse(),
          listening: [...answer.listening, ...answer.listening].reverse(),
        };
        expect(sightingsTold(path, 1, turned)).toEqual(told);
        if (told.stops === null) return;
        const [seen, missing] = [told.stops.seenAt, told.stops.missingAt].map((one) =>
          path.places.indexOf(one),
        );
        expect(told.places[seen ?? -1]?.kind).toBe('seen');
        expect(['unseen', 'ceased']).toContain(told.places[missing ?? -1]?.kind);
        expect(told.places.slice((seen ?? 0) + 1).some(({ kind }) => kind === 'seen')).toBe(false);
      }),
    );
  });
});
