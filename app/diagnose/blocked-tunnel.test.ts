import { describe, expect, it } from 'vitest';
import { knownCluster } from '../trace/testing/real-cluster.ts';
import { clusterOf } from './cluster.ts';
import type { KnownFacts } from './detector.ts';
import { diagnose } from './diagnose.ts';
import { lostInTunnels, undecidedTunnels } from './lost-in-tunnel.ts';
import { NOTHING, sampledFacts, type Counted, type Sample } from './testing/tunnelled-pods.ts';

const folder = new URL('../trace/fixtures/vxlan-bridge/', import.meta.url);

/** What two nodes with a tunnel printed, with a ruleset pasted beside, and lines changed. */
function findings(
  filters: Partial<Record<'A' | 'B', readonly string[]>>,
  change: (text: string) => string = (text) => text,
) {
  const cluster = knownCluster(folder, (text, file) => {
    const name = file === 'node-A.txt' ? 'A' : file === 'node-B.txt' ? 'B' : null;
    if (name === null) return text;
    const beside = (filters[name] ?? []).map((one) => `root@node-${name}:~# ${one}\n`).join('');
    return `${change(text)}\n${beside}root@node-${name}:~# \n`;
  });
  return diagnose({ ...cluster, ledgers: new Map() }).findings;
}

const table = (name: string, chains: readonly string[], ...rules: string[]): string =>
  [
    'iptables-save -c',
    `*${name}`,
    ...chains.map((chain) => `:${chain} ACCEPT [0:0]`),
    ...rules,
    'COMMIT',
  ].join('\n');
const filter = (...rules: string[]): string => table('filter', ['INPUT', 'FORWARD', 'OUTPUT'], ...rules);
const raw = (...rules: string[]): string => table('raw', ['PREROUTING', 'OUTPUT'], ...rules);

/** The same two nodes, with IPIP between them. */
const overIpip = (text: string): string =>
  text
    .replace(/vxlan id 77 local (\S+) dev eth0.*/, 'ipip any remote any local $1 ttl inherit nopmtudisc')
    .replace(/link\/ether 02:00:00:00:0[ab]:77 .*\n/, 'link/ipip 0.0.0.0 brd 0.0.0.0\n')
    .replace(/via 10\.244\.2\.0 dev vx0/, 'via 10.0.0.2 dev vx0')
    .replace(/via 10\.244\.1\.0 dev vx0/, 'via 10.0.0.1 dev vx0')
    .replace(/.* dev vx0 .*(PERMANENT|self permanent)\n/g, '');

/** The same with WireGuard, which tells whom it has and where. */
const overWireguard = (text: string): string => {
  const [own, far, pods] = text.includes('@node-A')
    ? ['A', '10.0.0.2', '10.244.2.0/24']
    : ['B', '10.0.0.1', '10.244.1.0/24'];
  const peer = `peer: ${far === '10.0.0.2' ? 'B' : 'A'}${'b'.repeat(42)}=`;
  return `${text
    .replace(/vxlan id 77 .*/, 'wireguard')
    .replace(/link\/ether 02:00:00:00:0[ab]:77 .*\n/, 'link/none\n')
    .replace(/via 10\.244\.\d\.0 dev vx0 onlink/, 'dev vx0 scope link')
    .replace(/.* dev vx0 .*(PERMANENT|self permanent)\n/g, '')}
root@node-${own}:~# wg show
interface: vx0
  public key: ${own}${'a'.repeat(42)}=
  listening port: 51999

${peer}
  endpoint: ${far}:51999
  allowed ips: ${pods}
  latest handshake: 3 minutes, 40 seconds ago
  transfer: 9.16 KiB received, 11.90 KiB sent`;
};

const FORTH = '10.244.1.2 → 10.244.2.2';
const BACK = '10.244.2.2 → 10.244.1.2';

describe('a filter takes what carries Pods’ packets', () => {
  it.each([
    [
      'INPUT of who gets it',
      { B: [filter('[7:700] -A INPUT -p udp -m udp --dport 8472 -j DROP')] },
      'node-B',
      FORTH,
    ],
    [
      'OUTPUT of who sends it',
      { A: [filter('[0:0] -A OUTPUT -p udp -m udp --dport 8472 -j DROP')] },
      'node-A',
      FORTH,
    ],
    [
      'raw PREROUTING',
      { B: [raw('[0:0] -A PREROUTING -i eth0 -p udp -m multiport --dports 4789,8472 -j DROP')] },
      'node-B',
      FORTH,
    ],
    [
      'all of UDP, rejected',
      { A: [filter('[0:0] -A INPUT -s 10.0.0.2/32 -p udp -j REJECT')] },
      'node-A',
      BACK,
    ],
    [
      'a policy that lets TCP alone pass',
      { B: [filter('[0:0] -A INPUT -p tcp -j ACCEPT').replace(':INPUT ACCEPT', ':INPUT DROP')] },
      'node-B',
      FORTH,
    ],
  ])('%s: vxlan-blocked there, at its tunnel, with the ways that end', (_, filters, node, way) => {
    const found = findings(filters);
    expect(found.map(({ id, where }) => ({ id, where }))).toEqual([
      { id: 'vxlan-blocked', where: { node, interface: 'vx0', pod: null } },
    ]);
    expect(found[0]?.consequences).toContain(way);
    expect(found[0]?.suggestion.sentence).toContain('UDP port 8472');
  });

  it('nothing where another port or another machine is meant, or an earlier rule accepts', () => {
    expect(findings({ B: [filter('[9:9] -A INPUT -p udp -m udp --dport 4789 -j DROP')] })).toEqual([]);
    expect(findings({ B: [filter('[9:9] -A INPUT -s 10.0.0.77/32 -p udp -j DROP')] })).toEqual([]);
    expect(
      findings({ B: [filter('[0:0] -A INPUT -i eth0 -j ACCEPT', '[9:9] -A INPUT -p udp -j DROP')] }),
    ).toEqual([]);
  });

  it('IPIP: a rule against protocol 4, by whichever name; none against VXLAN’s port', () => {
    expect(findings({}, overIpip)).toEqual([]);
    for (const protocol of ['4', 'ipencap', 'ipv4']) {
      const [one, ...more] = findings({ B: [filter(`[0:0] -A INPUT -p ${protocol} -j DROP`)] }, overIpip);
      expect(more).toEqual([]);
      expect(one).toMatchObject({ id: 'ipip-blocked', where: { node: 'node-B', interface: 'vx0' } });
      expect(one?.suggestion.sentence).toContain('IP protocol 4');
    }
    expect(findings({ B: [filter('[0:0] -A INPUT -p udp -j DROP')] }, overIpip)).toEqual([]);
  });

  it('WireGuard: a rule against the port of the peer’s endpoint', () => {
    expect(findings({}, overWireguard)).toEqual([]);
    const [one, ...more] = findings(
      { B: [filter('[0:0] -A INPUT -p udp -m udp --dport 51999 -j DROP')] },
      overWireguard,
    );
    expect(more).toEqual([]);
    expect(one).toMatchObject({ id: 'wireguard-blocked', where: { node: 'node-B', interface: 'vx0' } });
    expect(
      findings({ B: [filter('[0:0] -A INPUT -p udp -m udp --dport 51820 -j DROP')] }, overWireguard),
    ).toEqual([]);
  });
});

/** Two nodes with a VXLAN between them, sampled at the start and so many seconds later. */
const after = (seconds: number, a: Counted, b: Counted) => sampled([0, NOTHING, NOTHING], [seconds, a, b]);

/** The same, sampled again and again: at which second, and what each has counted since the first. */
const sampled = (...samples: readonly Sample[]) => diagnose(sampledFacts(samples));

/** By the rule for tunnels alone: a whole diagnosis takes its time. */
const lost = (...samples: readonly Sample[]): string[] =>
  lostInTunnels(clusterOf(sampledFacts(samples)), 'vxlan').map(({ end }) => end.node.label);

/** Filters and settings of the made-up nodes are never read, so that a diagnosis waits for them in any case. */
const undecided = (facts: KnownFacts): string[] =>
  undecidedTunnels(clusterOf(facts), 'vxlan').map(({ label }) => label);

describe('nothing that was read stops it, and it does not arrive', () => {
  const blocked = ({ findings: all }: ReturnType<typeof sampled>) =>
    all
      .filter(({ id }) => id === 'vxlan-blocked')
      .map(({ where, confidence }) => [where.node, where.interface, confidence]);

  it('one sends and hears nothing, the other receives nothing: possible, since a filter in between is not seen', () => {
    expect(blocked(after(8, { sent: 5, received: 0 }, { sent: 0, received: 0 }))).toEqual([
      ['a', 'over', 'possible'],
    ]);
    expect(blocked(after(8, { sent: 5, received: 0 }, { sent: 6, received: 0 }))).toEqual([
      ['a', 'over', 'possible'],
    ]);
  });

  it.each<[string, number, Counted, Counted]>([
    [
      'what it sends is received, and wants no answer',
      8,
      { sent: 90, received: 0 },
      { sent: 0, received: 88 },
    ],
    ['it is idle', 8, { sent: 1, received: 0 }, { sent: 0, received: 0 }],
    ['it hears answers', 8, { sent: 50, received: 20 }, { sent: 20, received: 25 }],
    ['UDP counts what no device takes', 8, { sent: 9, received: 0 }, { sent: 0, received: 0, udp: 9 }],
    ['it was looked at for too short', 2, { sent: 5, received: 0 }, { sent: 0, received: 0 }],
  ])('not where %s', (_, seconds, a, b) => expect(blocked(after(seconds, a, b))).toEqual([]));

  it('where nothing else comes in either, which a quiet NIC may do, that is said; and TCP is given its time', () => {
    const mute = { sent: 0, received: 0, nic: 0 };
    const [one] = after(8, { sent: 5, received: 0 }, mute).findings.filter(
      ({ id }) => id === 'vxlan-blocked',
    );
    expect(one?.because).toContain('by NICs of b nothing came in: it may be more than the tunnel');
    const first = [1.2, { ...mute, sent: 1 }, mute] as const;
    const again = [2.4, { ...mute, sent: 2, resent: 1 }, mute] as const;
    expect(lost([0, NOTHING, NOTHING], first, again)).toEqual([]);
    expect(lost([0, NOTHING, NOTHING], first, again, [3.6, again[1], mute])).toEqual(['a']);
  });

  it('what was heard before it fell silent does not stand against it, nor for it once it is heard again', () => {
    const before = [
      10,
      { sent: 300, received: 300, nic: 400 },
      { sent: 300, received: 300, nic: 400 },
    ] as const;
    const silent = [
      14,
      { sent: 303, received: 300, nic: 450 },
      { sent: 302, received: 300, nic: 450 },
    ] as const;
    const heard = [
      15,
      { sent: 309, received: 306, nic: 460 },
      { sent: 308, received: 306, nic: 460 },
    ] as const;
    expect(blocked(sampled([0, NOTHING, NOTHING], before, silent))).toEqual([['a', 'over', 'possible']]);
    expect(blocked(sampled([0, NOTHING, NOTHING], before, silent, heard))).toEqual([]);
  });

  it('two packets are enough where TCP had to send again, and not where it had not', () => {
    const [b, few] = [
      { sent: 0, received: 0 },
      { sent: 2, received: 0 },
    ];
    expect(blocked(after(4, { ...few, resent: 1 }, b))).toEqual([['a', 'over', 'possible']]);
    expect(blocked(after(4, few, b))).toEqual([]);
  });

  it('two seconds are enough where TCP has sent again, some of it before the last sample', () => {
    const b = { sent: 0, received: 0 };
    const once = [1.2, { sent: 1, received: 0 }, b] as const;
    const again = [2.4, { sent: 2, received: 0, resent: 1 }, b] as const;
    expect(lost([0, NOTHING, NOTHING], once, again)).toEqual(['a']);
    expect(undecided(sampledFacts([[0, NOTHING, NOTHING], once, again]))).toEqual([]);
    // The other's sample may be the older one: what was sent just now it has not counted.
    const idle = [1.2, { sent: 0, received: 0 }, b] as const;
    expect(lost([0, NOTHING, NOTHING], idle, again)).toEqual([]);
    expect(undecided(sampledFacts([[0, NOTHING, NOTHING], idle, again]))).toEqual(['a', 'b']);
    // Others wait for an answer.
    const other = [2.4, { sent: 2, received: 0 }, b] as const;
    expect(lost([0, NOTHING, NOTHING], once, other)).toEqual([]);
  });

  it('who sends and wants no answer is not told of for what others’ samples are apart', () => {
    const third = (received: number): Counted => ({ sent: 2000, received, nic: 4000 });
    const quiet: Counted = { sent: 4, received: 0 };
    // What b sends to itself here stands for others that talk with each other.
    expect(blocked(after(4, quiet, third(1990)))).toEqual([]);
    expect(blocked(after(4, { ...quiet, resent: 3 }, third(1990)))).toEqual([['a', 'over', 'possible']]);
  });

  it('beside what stops packets behind the tunnel, of which the other end would have counted some: both are told', () => {
    const { findings: all } = after(8, { sent: 5, received: 0 }, { sent: 0, received: 0, podRoute: false });
    expect(all.map(({ id, where }) => [id, where.node])).toEqual([
      ['pod-route-missing', 'b'],
      ['vxlan-blocked', 'a'],
    ]);
  });

  it('also where samples of the two are seconds apart', () => {
    const silent = [4, { sent: 5, received: 0 }, { sent: 0, received: 0 }] as const;
    expect(blocked(sampled([0, NOTHING, { ...NOTHING, early: 3 }], silent))).toEqual([
      ['a', 'over', 'possible'],
    ]);
    const heard = [4, { sent: 5, received: 0 }, { sent: 0, received: 5 }] as const;
    expect(blocked(sampled([0, NOTHING, { ...NOTHING, early: 3 }], heard))).toEqual([]);
  });

  it('is waited for where the last sample is the clock’s, and not where one that was asked for heard something', () => {
    const old = [10, { sent: 300, received: 300 }, { sent: 300, received: 300 }] as const;
    const asked = [11, { sent: 303, received: 303 }, { sent: 303, received: 303 }] as const;
    expect(undecided(sampledFacts([[0, NOTHING, NOTHING], old]))).toEqual(['a', 'b']);
    expect(undecided(sampledFacts([[0, NOTHING, NOTHING], old, asked]))).toEqual([]);
  });

  it('is waited for while a few seconds more would decide', () => {
    expect(after(2, { sent: 2, received: 0 }, { sent: 0, received: 0 }).awaits).toEqual(
      expect.arrayContaining(['a', 'b']),
    );
    const { awaits } = after(8, { sent: 2, received: 0 }, { sent: 0, received: 0 });
    // Filters and settings of the made-up nodes are never read.
    expect(awaits.length).toBeLessThanOrEqual(2);
  });
});

describe('what comes through a tunnel is damaged', () => {
  const damaged = (a: Counted, b: Counted) =>
    after(8, a, b)
      .findings.filter(({ id }) => id === 'vxlan-checksum-offload')
      .map(({ where, title }) => [where.node, where.interface, title]);

  it('is told of the one node that sends through it, not of who counts it', () => {
    expect(damaged({ sent: 40, received: 20 }, { sent: 20, received: 10, damaged: 30 })).toEqual([
      ['a', 'over', 'a sends packets with wrong checksums through over'],
    ]);
  });

  it('is told of who counts it where nobody is known to send', () => {
    expect(damaged({ sent: 0, received: 0 }, { sent: 20, received: 10, damaged: 30 })).toEqual([
      ['b', 'over', 'b receives packets with wrong checksums through over'],
    ]);
  });
});
