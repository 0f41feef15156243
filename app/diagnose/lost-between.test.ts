import { expect, it } from 'vitest';
import type { EvidenceHead, NodeTime } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { NamespaceInside } from '../probe/inside-facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import type { TcFilter } from '../probe/tc-filters.ts';
import { parseTracked } from '../probe/tracked.ts';
import { emptyInventory } from '../probe/inventory.ts';
import { canonicalAddress } from '../route/address.ts';
import { fact } from '../topology/testing/scenario.ts';
import { clusterOf } from './cluster.ts';
import { diagnose } from './diagnose.ts';
import type { KnownFacts } from './detector.ts';
import { vxlanBlocked } from './detectors/vxlan-blocked.ts';
import { lostBetween } from './lost-between.ts';
import { POD_A, POD_B, section, settings, withList } from './testing/case.ts';
import { NOTHING, sampledFacts, type Counted } from './testing/tunnelled-pods.ts';

/** A connection of the one Pod to the other, without an answer for so many seconds. */
const waiting = (seconds: number, { state = 'SYN_SENT', sport = 40_000, count = 3 } = {}): string =>
  `ipv4     2 tcp      6 ${String((state === 'SYN_SENT' ? 120 : 60) - seconds)} ${state} src=192.168.1.2 dst=192.168.2.3 sport=${String(sport)} dport=8080 ${state === 'SYN_SENT' ? '[UNREPLIED] ' : ''}src=192.168.2.3 dst=192.168.1.2 sport=8080 dport=${String(sport)} mark=0 use=2 entries=${String(count)}`;

const head = (id: string, at: NodeTime, endS: number): EvidenceHead => ({
  ...{ id, nodeLabel: 'b', command: id, state: 'ok', exitStatus: 0, bytes: 0 },
  ...{ at, seenAt: endS * 1000 },
});

const rule = (text: string) => ({ backend: 'xt', text, line: 0, packets: 0, bytes: 0 }) as const;

/** Rules that ask for connections: they are tracked. */
const filters = (...texts: string[]): FirewallReading => ({
  tables: [
    {
      ...{ family: 'ip', name: 'nat', backend: 'legacy', sets: [], evidence: 'f' },
      chains: [
        {
          name: 'POSTROUTING',
          hook: { hook: 'postrouting', type: 'nat', priority: 100, device: null, policy: 'accept' },
          ...{ packets: null, bytes: null },
          rules: texts.map(rule),
        },
      ],
    },
  ],
  ...{ ipsets: [], virtualServers: [], conntrack: { count: 9, max: 1000 }, unread: [], unreadCount: 0 },
});

const inside = (again: number): NamespaceInside => ({
  ...{ links: null, addresses: null, routes4: null, routes6: null, rules4: null, rules6: null },
  ...{ neighbours: null, fdb: null, pid: 7, inode: 7, startTicks: 7, sysctls: new Map(), sockets: null },
  ...{ socketsCut: [], filters: null, at: null, evidence: [], sentence: null },
  unanswered: [
    {
      ...{ pid: 7, state: 'opening', again },
      local: { address: '192.168.1.2', port: 40_000 },
      remote: { address: '192.168.2.3', port: 8080 },
    },
  ],
});

const SETTINGS = settings(
  Object.fromEntries(
    ['all', 'ens192', 'over', POD_A, POD_B].flatMap((device) => [
      [`ipv4/conf/${device}/forwarding`, '1'],
      [`ipv4/conf/${device}/rp_filter`, '0'],
      [`ipv6/conf/${device}/forwarding`, '1'],
    ]),
  ),
);

interface Told {
  readonly a?: readonly string[];
  /** Null: it was not read. */
  readonly b?: readonly string[] | null;
  readonly rules?: readonly string[];
  /** s by which b was read before a. */
  readonly apart?: number;
  /** s for which b's reading went on behind that. */
  readonly longer?: number;
  /** How often a waits and sends again, by its Pod's socket. */
  readonly again?: number;
  /** Of all three, in the last 8 s. */
  readonly counted?: readonly [Counted, Counted, Counted?];
  /** What else was read of b. */
  readonly of?: Partial<NodeSnapshot>;
}

const BUSY: Counted = { sent: 90, received: 90 };

const facts = (given: Told) => clusterOf(known(given));

function known({
  a = [waiting(4)],
  b = [],
  rules = ['-s 10.99.0.0/16 -j MASQUERADE'],
  apart = 0,
  longer = 0,
  again = 0,
  counted = [BUSY, BUSY, BUSY],
  of = {},
}: Told) {
  const more = (label: string, second: number): Partial<NodeSnapshot> => {
    const lines = label === 'a' ? a : label === 'b' ? b : [];
    const at = { s: second - (label === 'b' ? apart : 0), ns: 0 };
    const end = { s: at.s + (label === 'b' ? longer : 0), ns: 0 };
    return {
      ...{ at, seenAt: end.s * 1000, evidence: [head('tracked', at, end.s), head('cost', end, end.s)] },
      settings: SETTINGS,
      ...(label === 'a' && again > 0
        ? { insides: section('insides', { read: [inside(again)], unread: [] }) }
        : {}),
      firewall: section('firewall', filters(...rules)),
      tracked:
        lines === null
          ? null
          : { ...section('tracked', parseTracked(['timeouts 30 120 120 60', ...lines].join('\n'))), at },
      ...(label === 'b' ? of : {}),
    };
  };
  const [one, two, three] = counted;
  const start =
    three === undefined ? ([0, NOTHING, NOTHING] as const) : ([0, NOTHING, NOTHING, NOTHING] as const);
  const end = three === undefined ? ([8, one, two] as const) : ([8, one, two, three] as const);
  return sampledFacts([start, end], more);
}

/** The same over IPv6, beside IPv4: `192.168.2.3` as `fd00:2::3`. */
function alsoSix(cluster: KnownFacts): KnownFacts {
  const six = (text: string): string =>
    canonicalAddress(text.replace(/192\.168\.(\d)\.(\d)/, 'fd00:$1::$2').replace(/\/.*/, '')) +
    (/\/(24|32)$/.exec(text)?.[1] === '24' ? '/64' : text.includes('/') ? '/128' : '');
  const both = <T>(all: readonly T[], keys: readonly (keyof T)[], more: Partial<T>): T[] =>
    all.flatMap((one) => {
      const changed = keys.flatMap((key) => {
        const text = one[key];
        return typeof text === 'string' && text.startsWith('192.168.') ? [[key, six(text)] as const] : [];
      });
      return changed.length === 0 ? [one] : [one, { ...one, ...Object.fromEntries(changed), ...more }];
    });
  const { topology, readings } = cluster;
  const each = <T>(record: Readonly<Record<string, T>>, change: (one: T) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(record).map(([key, one]) => [key, change(one)]));
  return {
    ...cluster,
    topology: {
      ...topology,
      pods: each(topology.pods, (pod) => ({ ...pod, ips: [...pod.ips, ...pod.ips.map(six)] })),
      interfaces: each(topology.interfaces, (one) => ({
        ...one,
        addresses: both(one.addresses, ['address'], { family: 6, prefixLength: 128 }),
      })),
      forwarding: each(topology.forwarding, (one) => ({
        ...one,
        routes: both(one.routes, ['dst', 'via'], { family: 6 }),
      })),
    },
    readings: new Map(
      [...readings].map(([label, reading]) => [
        label,
        {
          ...reading,
          snapshot: {
            ...reading.snapshot,
            neighbours: section('neighbours', both(reading.snapshot.neighbours?.value ?? [], ['dst'], {})),
          },
        },
      ]),
    ),
  };
}

const told = (given: Told) => vxlanBlocked.detect(facts(given)).drafts;
const titles = (given: Told): string[] => told(given).map(({ title }) => title);

it('two of three nodes do not reach each other: told of the pair, though both hear the third', () => {
  const [one, ...more] = told({});
  expect(more).toEqual([]);
  expect(one).toMatchObject({
    confidence: 'possible',
    title: 'VXLAN seems blocked between a and b',
    where: { node: 'a', interface: 'over' },
  });
  expect(one?.because).toContain(
    'A connection of 192.168.1.2 to 192.168.2.3 port 8080 sent its last packet 4 s before it was read and has no answer: conntrack of b has never seen it.',
  );
  expect(one?.because).toContain('Others’ packets come through over');
});

it('its answers are lost: the other end has answered it', () => {
  const [one] = told({ b: [waiting(3, { state: 'SYN_RECV' })] });
  expect(one?.title).toBe('VXLAN seems blocked between a and b');
  expect(one?.because).toContain('b has seen and answered it, and no answer has come to a');
});

it('that the other end could not answer is another fault, where nothing comes there: both are told', () => {
  // Every entry of b's tunnel is gone.
  const of = { fdb: section('fdb', []) };
  const { findings } = diagnose(known({ of }));
  expect(findings.map(({ id, where }) => `${id} ${where.node ?? ''}`).toSorted()).toEqual(
    expect.arrayContaining(['vxlan-blocked a', 'vxlan-fdb-missing b']),
  );
  const [one] = told({ of });
  expect(one?.title).toBe('VXLAN seems blocked between a and b');
  expect(one?.because).toContain('its way through over is free, and b counts nothing');
  expect(told({ of, b: [waiting(3, { state: 'SYN_RECV' })] })).toEqual([]);
});

it('addresses of IPv6 are the same, however conntrack and /proc write them', () => {
  const one = (state: string, [from, to]: readonly [string, string]): string =>
    waiting(4, { state })
      .replace('ipv4     2', 'ipv6     10')
      .replaceAll('192.168.1.2', from)
      .replaceAll('192.168.2.3', to);
  const full = [
    'fd00:0001:0000:0000:0000:0000:0000:0002',
    'fd00:0002:0000:0000:0000:0000:0000:0003',
  ] as const;
  const short = ['fd00:0001::2', 'fd00:0002::3'] as const;
  const lost = (b: readonly string[]) =>
    lostBetween(clusterOf(alsoSix(known({ a: [one('SYN_SENT', full)], b }))), 'vxlan');
  expect(lost([])).toMatchObject([{ answered: false, lasts: true }]);
  expect(lost([one('SYN_RECV', short)])).toMatchObject([{ answered: true }]);
  expect(lost([one('SYN_SENT', short)])).toEqual([]);
});

it('one connection is enough whose client waits on and has sent three times', () => {
  const a = [waiting(4, { count: 1 })];
  expect(titles({ a, again: 2 })).toEqual(['VXLAN seems blocked between a and b']);
  expect(titles({ a, again: 1 })).toEqual([]);
});

it('a packet that the other node refused is not why three are lost', () => {
  expect(titles({ counted: [BUSY, { ...BUSY, damaged: 1 }, BUSY] })).toEqual([
    'VXLAN seems blocked between a and b',
  ]);
});

it('others that ended before it was sent, or elsewhere, say nothing of it', () => {
  const a = [waiting(4), 'closed 4 192.168.2.3 192.168.1.2', 'closed 1 192.168.2.3 10.0.0.9'];
  expect(titles({ a })).toEqual(['VXLAN seems blocked between a and b']);
});

const program: TcFilter = {
  ...{ device: 'over', direction: 'ingress', kind: 'bpf', pref: 1, protocol: 'all' },
  ...{ matchesAll: false, does: 'program', to: null, dropped: null },
};

it.each<[string, Told]>([
  ['nobody waits', { a: [] }],
  ['the answer may still be on its way', { a: [waiting(1)] }],
  ['its client has given up', { a: [waiting(18)] }],
  ['it has come to the other node, and the Pod does not answer', { b: [waiting(4)] }],
  ['it is one packet that was lost', { a: [waiting(4, { count: 1 })] }],
  ['one of two has come there', { a: [waiting(4), waiting(5, { sport: 41_000 })], b: [waiting(4)] }],
  ['the other node has not said what it tracks', { b: null }],
  ['the other node was read before it was sent', { apart: 3 }],
  ['the other node was read before it was sent, in a reading that took long', { apart: 3, longer: 3 }],
  [
    'others ended after it was sent: packets are lost now and then',
    { a: [waiting(4), 'closed 3 192.168.2.3 192.168.1.2'] },
  ],
  ['the other node took it on its way', { counted: [BUSY, { ...BUSY, damaged: 2 }, BUSY] }],
  ['a program of eBPF decides on its way', { counted: [BUSY, { ...BUSY, filters: [program] }, BUSY] }],
  ['the other node was read long after', { a: [waiting(9)], apart: -10 }],
  ['the other node tracks nothing', { rules: [] }],
  [
    'some of what passes there is not tracked',
    { rules: ['-s 10.99.0.0/16 -j MASQUERADE', '-p tcp -j CT --notrack'] },
  ],
  ['not all it has of them was told', { b: ['unopened 7'] }],
  ['there are two nodes, and they hear each other', { counted: [BUSY, BUSY] }],
])('not where %s', (_, given) => {
  // Without the ways that its finding names.
  expect(lostBetween(facts(given), 'vxlan').filter(({ lasts }) => lasts)).toEqual([]);
});

it('not to a Pod that is about to end, and not where nothing was counted of what the other node refused', () => {
  const all = known({});
  const { inventory, ledgers } = all;
  const ends = (terminating: boolean) =>
    withList(inventory ?? emptyInventory, 'pods', [
      fact(),
      fact({ uid: 'u2', name: 'c2c-network-demo-w2', nodeName: 'b', ips: ['192.168.2.3'], terminating }),
    ]);
  const lost = (more: Partial<KnownFacts>) => lostBetween(clusterOf({ ...all, ...more }), 'vxlan');
  expect(lost({ inventory: ends(false) })).toHaveLength(1);
  expect(lost({ inventory: ends(true) })).toEqual([]);
  expect(lost({ ledgers: new Map([...ledgers].filter(([label]) => label !== 'b')) })).toEqual([]);
});

it('where no end hears anything, whom connections without an answer are to is said', () => {
  const counted = [
    { sent: 5, received: 0 },
    { sent: 0, received: 0 },
    { sent: 0, received: 0 },
  ] as const;
  expect(titles({ counted })).toEqual(['VXLAN seems blocked between a and b']);
  expect(titles({ counted, a: [] })).toEqual(['VXLAN seems blocked between a and the other nodes']);
});
