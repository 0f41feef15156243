import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CountersReading, DeviceCounters, QdiscCounters } from '../probe/counter-facts.ts';
import type { ListeningSocket } from '../probe/settings-facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import type { TcFilter } from '../probe/tc-filters.ts';
import { emptyTopology } from '../topology/build.ts';
import { topologyOf } from '../topology/testing/real-node.ts';
import { fact, inventoryOf } from '../topology/testing/scenario.ts';
import { snapshotOf } from '../topology/testing/synthetic-node.ts';
import { runs } from '../testing/runs.ts';
import { cpuRise, rise } from './counter-rise.ts';
import type { DeviceHookRule } from '../probe/device-hooks.ts';
import { deviceKey, noContext } from './drop-context.ts';
import { uncountedSentence } from './reckon-hooks.ts';
import { dropsView } from './drops-view.ts';
import { nextLedger, type Ledger } from './ledger.ts';
import type { DropReason } from './drop-reasons.ts';
import { reckonDrops } from './reckon-drops.ts';
import { socketNotes } from './socket-notes.ts';

const POD = { inode: 4_026_532_500, startTicks: 77 };
const pod = {
  ip: '192.168.1.2',
  hostName: 'cali0',
  hostIfindex: 10,
  ifindex: 3,
  nsid: 1,
  inode: POD.inode,
  pid: 500,
  startTicks: POD.startTicks,
  mac: '02:00:00:00:00:09',
};

type Counters = Readonly<Record<string, number>>;

function reading(
  own: Counters,
  inPod: Counters | null = null,
  devices: DeviceCounters[] = [],
): CountersReading {
  const none = new Map<string, number[]>();
  return {
    namespaces: [
      { identity: null, pid: null, counters: new Map(Object.entries(own)), devices },
      ...(inPod === null
        ? []
        : [{ identity: POD, pid: 500, counters: new Map(Object.entries(inPod)), devices: [] }]),
    ],
    wholeMachine: true,
    hooks: null,
    hooksCut: false,
    softnetDropped: [0, 0],
    conntrack: none,
    conntrackTable: null,
    routing: none,
    arp: none,
    ndisc: none,
    links: [],
    qdiscs: [],
    unread: 0,
  };
}

function sample(s: number, value: CountersReading, bootId = 'boot-1'): NodeSnapshot {
  const snapshot = snapshotOf({ label: 'w', at: s, pods: [pod], bootId });
  return { ...snapshot, counters: { state: 'ok', evidence: [], at: { s, ns: 0 }, value, sentence: null } };
}

function ledgerOf(...samples: readonly NodeSnapshot[]): Ledger {
  let ledger: Ledger | null = null;
  for (const one of samples) ledger = nextLedger(ledger, one, noContext);
  if (ledger === null) throw new Error('no sample');
  return ledger;
}

describe('a counter', () => {
  it('that wrapped or began again never rises by what nobody counted', () => {
    expect([rise(5, 9), rise(4_294_967_290, 4), rise(1000, 3)]).toEqual([4, 10, 3]);
    expect(cpuRise(new Map([['drop', [4_294_967_295, 1]]]), new Map([['drop', [0, 4]]]), 'drop')).toBe(4);
    // A CPU more or less: not to be compared.
    expect(cpuRise(new Map([['drop', [1]]]), new Map([['drop', [1, 900]]]), 'drop')).toBe(0);
  });

  it('of any two values rises by no less than nothing and no more than can be', () => {
    const value = fc.integer({ min: 0, max: 2 ** 40 });
    fc.assert(
      fc.property(value, value, (before, after) => {
        const by = rise(before, after);
        expect(by).toBeGreaterThanOrEqual(0);
        expect(by).toBeLessThanOrEqual(Math.max(after, 2 ** 32));
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('the ledger', () => {
  it('says nothing of the first sample, and names what rose from then on', () => {
    const ledger = ledgerOf(
      sample(100, reading({ UdpNoPorts: 50 }, { UdpRcvbufErrors: 3 })),
      sample(110, reading({ UdpNoPorts: 54 }, { UdpRcvbufErrors: 3 })),
      sample(120, reading({ UdpNoPorts: 54 }, { UdpRcvbufErrors: 9 })),
    );
    expect(ledger.since.s).toBe(100);
    expect(
      ledger.intervals.map(({ entries }) => entries.map(({ reason, packets }) => [reason, packets])),
    ).toEqual([[['udp-no-socket', 4]], [['receive-buffer', 6]]]);
  });

  it('takes a namespace of the same inode and another process for another one, and waits for its second sample', () => {
    const before = reading({}, { UdpNoPorts: 1 });
    const other = reading({}, { UdpNoPorts: 900 });
    const [own, inPod] = other.namespaces;
    if (own === undefined || inPod === undefined) throw new Error('no namespaces');
    const recreated = {
      ...other,
      namespaces: [own, { ...inPod, identity: { inode: POD.inode, startTicks: 78 } }],
    };
    expect(reckonDrops(before, recreated, noContext).drops).toEqual([]);
    expect(reckonDrops(recreated, recreated, noContext).drops).toEqual([]);
    expect(reckonDrops(before, other, noContext).drops).toHaveLength(1);
  });

  it('begins anew after a reboot and after a clock that was set back, and counts no sample twice', () => {
    const first = sample(100, reading({ UdpNoPorts: 50 }));
    const second = sample(110, reading({ UdpNoPorts: 60 }));
    expect(ledgerOf(first, second, second).totals.size).toBe(1);
    expect(ledgerOf(first, second, second).intervals).toHaveLength(1);
    const rebooted = ledgerOf(first, second, sample(120, reading({ UdpNoPorts: 7 }), 'boot-2'));
    expect([rebooted.since.s, rebooted.totals.size]).toEqual([120, 0]);
    expect(ledgerOf(first, second, sample(50, reading({ UdpNoPorts: 99 }))).since.s).toBe(50);
  });

  it('keeps ten minutes of samples and all sums', () => {
    const samples = Array.from({ length: 400 }, (_, at) => sample(100 + at, reading({ UdpNoPorts: at })));
    const ledger = ledgerOf(...samples);
    expect(ledger.intervals).toHaveLength(300);
    expect([...ledger.totals.values()].map(({ packets }) => packets)).toEqual([399]);
  });

  it('takes a packet on its way between two counters for no drop, and many for one', () => {
    const counters = (received: number, delivered: number): Counters => ({
      IpInReceives: received,
      IpInDelivers: delivered,
      IpOutTransmits: 0,
    });
    const idle = reading(counters(0, 0));
    const reasons = (after: CountersReading) =>
      reckonDrops(idle, after, noContext).silent.map(({ reason, packets }) => [reason, packets]);
    expect(reasons(reading(counters(1_000_000, 999_990)))).toEqual([]);
    expect(reasons(reading(counters(1_000_000, 999_900)))).toEqual([['firewall-in', 100]]);
    expect(reasons(reading(counters(1, 0)))).toEqual([['firewall-in', 1]]);
  });

  it('is silent where IPVS takes packets from the input and sends them on', () => {
    const before = reading({ IpInReceives: 0, IpInDelivers: 0, IpOutRequests: 0, IpOutTransmits: 0 });
    const after = reading({ IpInReceives: 500, IpInDelivers: 0, IpOutRequests: 0, IpOutTransmits: 500 });
    const { drops, silent } = reckonDrops(before, after, noContext);
    expect([drops, silent]).toEqual([[], []]);
  });

  it('takes what a tunnel sends for no reset: what is dropped on its way through is dropped, and not refused', () => {
    const tunnel = (txPackets: number): DeviceCounters => ({
      ...{ name: 'vxlan0', rxPackets: 0, rxErrors: 0, rxDropped: 0, rxFifo: 0, rxFrame: 0, rxMulticast: 0 },
      ...{ txPackets, txErrors: 0, txDropped: 0, txFifo: 0, txCarrier: 0 },
    });
    const counted = (forwarded: number, sent: number, left: number) =>
      reading(
        { IpForwDatagrams: forwarded, IpOutRequests: sent, IpOutTransmits: left, IpInReceives: forwarded },
        null,
        [tunnel(sent)],
      );
    const device = { kind: 'vxlan', peer: null, carrier: true } as const;
    const known = { ...noContext, devices: new Map([[deviceKey(null, 'vxlan0'), device]]) };
    const { drops } = reckonDrops(counted(0, 0, 0), counted(60, 50, 100), known);
    expect(drops.map(({ reason, packets }) => [reason, packets])).toEqual([['firewall-forward', 10]]);
    const without = reckonDrops(counted(0, 0, 0), counted(60, 50, 100), noContext);
    expect(without.drops.map(({ reason }) => reason)).toEqual(['reject']);
  });

  it('never claims more than came in, whatever the counters say', () => {
    const names = [
      'IpInReceives',
      'IpInDelivers',
      'IpForwDatagrams',
      'IpOutRequests',
      'IpOutTransmits',
      'IpOutDiscards',
      'UdpNoPorts',
      'TcpOutRsts',
    ];
    const counters = fc.array(fc.integer({ min: 0, max: 1e6 }), {
      minLength: names.length,
      maxLength: names.length,
    });
    const named = (values: readonly number[]) =>
      reading(Object.fromEntries(names.map((name, at) => [name, values[at] ?? 0])));
    fc.assert(
      fc.property(counters, counters, (before, after) => {
        const { drops, silent } = reckonDrops(named(before), named(after), noContext);
        for (const { packets, proof } of [...drops, ...silent]) {
          expect(packets).toBeGreaterThan(0);
          expect(packets).toBeLessThanOrEqual(8e6);
          expect(proof.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('what is shown of it', () => {
  const first = sample(100, reading({ UdpNoPorts: 50 }, { UdpRcvbufErrors: 3 }));
  const last = sample(160, reading({ UdpNoPorts: 54 }, { UdpRcvbufErrors: 10 }));
  const ledger = ledgerOf(
    first,
    sample(110, reading({ UdpNoPorts: 54 }, { UdpRcvbufErrors: 3 })),
    sample(150, reading({ UdpNoPorts: 54 }, { UdpRcvbufErrors: 8 })),
    last,
  );
  const topology = topologyOf(
    last,
    inventoryOf(fact({ ips: [pod.ip], name: 'dns', namespace: 'kube-system' })),
  );
  const known = {
    topology,
    readings: new Map([['w', { snapshot: last, hostKeyFingerprint: 'SHA256:w' }]]),
    ledgers: new Map([['w', ledger]]),
  };

  it('is the window, by name, with what was before it beside', () => {
    const [node] = dropsView(known, { label: null, seconds: 30 }).nodes;
    expect(
      node?.rows.map((row) => [row.place.name, row.reason, row.packets, row.total, row.lastAt.s]),
    ).toEqual([
      ['kube-system/dns', 'receive-buffer', 7, 7, 160],
      ['w', 'udp-no-socket', 0, 4, 110],
    ]);
    expect(node?.rows[0]?.proof).toEqual([{ counter: 'UdpRcvbufErrors', rise: 7 }]);
    const spark = node?.rows[0]?.spark ?? [];
    expect([spark.length, spark.at(-1), spark.at(-11), spark.reduce((a, b) => a + b, 0)]).toEqual([
      30, 2, 5, 7,
    ]);
  });

  it('is of one node where one is asked for, and says so of one that was not read', () => {
    expect(dropsView(known, { label: 'x', seconds: 30 }).nodes).toEqual([]);
    const unread = { ...known, topology: emptyTopology('t'), ledgers: new Map<string, Ledger>() };
    expect(dropsView(unread, { label: 'w', seconds: 30 }).nodes[0]).toMatchObject({ since: null, rows: [] });
  });
});

it('what may have been multicast that nobody joined is no row, but a sentence', () => {
  const at = (s: number, received: number): NodeSnapshot =>
    sample(s, reading({ IpInReceives: received, IpInDelivers: 0, IpOutTransmits: 0 }));
  const last = at(130, 10);
  const known = {
    topology: topologyOf(last),
    readings: new Map([['w', { snapshot: last, hostKeyFingerprint: 'SHA256:w' }]]),
    ledgers: new Map([['w', ledgerOf(at(100, 0), at(110, 10), at(120, 10), last)]]),
  };
  const [node] = dropsView(known, { label: null, seconds: 60 }).nodes;
  expect(node?.rows).toEqual([]);
  expect(node?.sentence).toMatch(
    /^Whether w dropped up to 10 packets is not known: they may have been multicast /,
  );
  // What is longer ago is not spoken of.
  expect(dropsView(known, { label: null, seconds: 5 }).nodes[0]?.sentence).toBeNull();
});

describe('queues and filters of tc', () => {
  const queue = (kind: string, dropped: number, sent: number): QdiscCounters => ({
    ...{ device: 'eth0', kind, handle: '1:', dropped, sent },
    root: kind !== 'clsact',
  });
  const filter = (
    does: TcFilter['does'],
    dropped: number | null,
    more: Pick<TcFilter, 'handle'> = {},
  ): TcFilter => ({
    ...{ device: 'eth0', direction: 'ingress', kind: 'u32', pref: 1, protocol: 'ip' },
    ...{ matchesAll: false, does, to: null, dropped, ...more },
  });
  const at = (qdiscs: readonly QdiscCounters[], filters: readonly TcFilter[] = []) => ({
    ...reading({}),
    qdiscs,
    tc: { filters, cut: false },
  });
  const told = (...[before, after]: readonly [ReturnType<typeof at>, ReturnType<typeof at>]) =>
    reckonDrops(before, after, noContext).drops.map(
      ({ reason, packets, proof }) =>
        `${reason} ${String(packets)}: ${proof.map(({ counter, rise }) => `${counter} ${String(rise)}`).join(', ')}`,
    );

  it('what a queue dropped, beside what it let out', () => {
    expect(told(at([queue('tbf', 1, 10)]), at([queue('tbf', 4, 11)]))).toEqual([
      'qdisc 3: eth0 tbf 1: dropped 3, eth0 tbf 1: let out 1',
    ]);
    expect(told(at([]), at([queue('tbf', 4, 11)]))).toEqual([]);
  });

  it('what a hook dropped is its filters’, as far as they count, and else a program’s', () => {
    const hook = (dropped: number): QdiscCounters => queue('clsact', dropped, 0);
    const before = at([hook(0)], [filter('drop', 0), filter('program', null)]);
    expect(told(before, at([hook(5)], [filter('drop', 3), filter('program', null)]))).toEqual([
      'tc-filter 3: tc filter eth0 ingress 1 ip u32 drop 3',
      'tc-program 2: eth0 clsact 1: dropped 2',
    ]);
    // Two that are told alike count together.
    expect(
      told(at([], [filter('drop', 5), filter('drop', 0)]), at([], [filter('drop', 5), filter('drop', 2)])),
    ).toEqual(['tc-filter 2: tc filter eth0 ingress 1 ip u32 drop 2']);
  });

  it('a filter that went or came meanwhile has counted nothing, and no program has what it dropped', () => {
    const hook = (dropped: number): QdiscCounters => queue('clsact', dropped, 0);
    const [one, other] = [{ handle: '800::800' }, { handle: '800::801' }];
    const gone = at([hook(0)], [filter('drop', 5, one), filter('drop', 900, other)]);
    expect(told(gone, at([hook(3)], [filter('drop', 6, one)]))).toEqual([
      'tc-filter 1: tc filter eth0 ingress 1 ip u32 drop 1',
    ]);
    expect(told(gone, at([hook(3)], [filter('drop', 7, { handle: '800::802' })]))).toEqual([]);
    // One that nothing tells from another.
    expect(told(at([], [filter('drop', 5), filter('drop', 900)]), at([], [filter('drop', 6)]))).toEqual([]);
  });
});

describe('rules at devices', () => {
  const rule: DeviceHookRule = {
    table: 'netdev t',
    chain: 'c',
    handle: 5,
    text: 'ip protocol udp drop',
    direction: 'ingress',
    devices: ['eth0'],
    dropped: 7,
  };
  const told = (before: readonly DeviceHookRule[] | null, after: readonly DeviceHookRule[] | null) =>
    reckonDrops({ ...reading({}), hooks: before }, { ...reading({}), hooks: after }, noContext).drops.map(
      ({ reason, device, packets }) => `${reason} ${device ?? ''} ${String(packets)}`,
    );

  it('drop what they counted since; new, changed, unread and uncounting ones claim nothing', () => {
    expect(told([rule], [{ ...rule, dropped: 17 }])).toEqual(['hook-in eth0 10']);
    expect(told([{ ...rule, direction: 'egress' }], [{ ...rule, direction: 'egress', dropped: 8 }])).toEqual([
      'hook-out eth0 1',
    ]);
    expect(told([rule], [{ ...rule, dropped: 3 }])).toEqual(['hook-in eth0 3']);
    expect(told([rule], [rule])).toEqual([]);
    expect(told([], [rule])).toEqual([]);
    expect(told(null, [rule])).toEqual([]);
    expect(told([rule], null)).toEqual([]);
    expect(told([rule], [{ ...rule, handle: 6, dropped: 90 }])).toEqual([]);
    expect(told([{ ...rule, dropped: null }], [{ ...rule, dropped: null }])).toEqual([]);
  });

  it('that drop without counting are named as what is not known', () => {
    const silent = { ...rule, dropped: null };
    const sentence = (...hooks: readonly DeviceHookRule[]) => uncountedSentence({ ...reading({}), hooks });
    expect([sentence(), sentence(rule), uncountedSentence(reading({}))]).toEqual([null, null, null]);
    expect(sentence(rule, silent)).toBe(
      'What these rules drop is not known, since no counter of their own counts just that: “ip protocol udp drop” in nft netdev t c, ingress of eth0. Put “counter” before their verdict, and it is told here.',
    );
    expect(sentence(silent, silent, silent, silent, silent)).toContain('; 2 more. Put');
    expect(uncountedSentence({ ...reading({}), hooks: [rule], hooksCut: true })).toMatch(
      /^Not all rules at /,
    );
    const snapshot = sample(100, { ...reading({}), hooks: [silent] });
    const known = {
      topology: topologyOf(snapshot),
      readings: new Map([['w', { snapshot, hostKeyFingerprint: 'SHA256:w' }]]),
      ledgers: new Map([['w', ledgerOf(snapshot)]]),
    };
    expect(dropsView(known, { label: null, seconds: 30 }).nodes[0]?.sentence).toBe(sentence(silent));
  });
});

describe('the socket a drop may be about', () => {
  const socket = {
    pid: null,
    protocol: 'tcp',
    address: '127.0.0.1',
    port: 8080,
    waiting: 0,
    drops: 0,
  } as const;
  const ledger = ledgerOf(sample(100, reading({}, {})));
  const notes = (reason: DropReason, ...sockets: readonly ListeningSocket[]) =>
    socketNotes({ reason, namespace: null, device: null, packets: 1, proof: [] }, ledger, sockets);

  it('is named where it is the namespace’s own and explains it, and no other', () => {
    expect(notes('tcp-no-socket', socket)).toEqual(['TCP 127.0.0.1:8080 is heard on loopback alone']);
    expect(notes('udp-no-socket', socket)).toEqual([]);
    expect(notes('tcp-no-socket', { ...socket, pid: 500 }, { ...socket, address: '0.0.0.0' })).toEqual([]);
    expect(notes('backlog', { ...socket, waiting: 129 })).toEqual([
      'TCP 127.0.0.1:8080 has 129 connections that nobody accepts',
    ]);
    const seven = new Array<ListeningSocket>(7).fill(socket);
    expect(notes('tcp-no-socket', ...seven).slice(-2)).toEqual([
      'TCP 127.0.0.1:8080 is heard on loopback alone',
      '2 more sockets like these',
    ]);
    expect(notes('receive-buffer', { ...socket, protocol: 'udp', drops: 7 })).toEqual([
      'UDP 127.0.0.1:8080 has dropped 7 since it was opened',
    ]);
  });
});

it('a full connection table explains what vanished, own packets included', () => {
  const counters = (received: number, discarded: number): Counters => ({
    IpInReceives: received,
    IpInDelivers: 0,
    IpOutRequests: discarded,
    IpOutDiscards: discarded,
    IpOutTransmits: 0,
  });
  const before = { ...reading(counters(0, 0)), conntrack: new Map([['drop', [0, 0]]]) };
  const after = { ...reading(counters(10, 4)), conntrack: new Map([['drop', [6, 8]]]) };
  const told = reckonDrops(before, after, noContext).drops.map(({ reason, packets }) => [reason, packets]);
  expect(told).toEqual([['conntrack-full', 14]]);
});
