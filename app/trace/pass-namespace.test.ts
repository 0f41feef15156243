// Each reason for which a packet stops in a namespace, and the ways on which it does not: over what a node prints.
import { describe, expect, it } from 'vitest';
import { addressText } from '../route/address.ts';
import { parseLinksText } from '../probe/ip-links.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';
import { passNamespace } from './pass-namespace.ts';
import type { Passage, PassOptions } from './passage.ts';
import type { PrintedNamespace } from './testing/namespace-of.ts';
import { packetOf } from './testing/packet-of.ts';
import { one, said } from './testing/said.ts';
import { changed, POD, pod, WORKER, worker } from './testing/worker.ts';

const NOTHING: PassOptions = { tracked: [] };
const pass = (
  at: TracedNamespace,
  device: string | null,
  packet: TracedPacket,
  options: PassOptions = NOTHING,
): Passage[] => passNamespace({ at, device, packet }, options);

const last = ({ steps }: Passage) => steps.at(-1);
const presumed = ({ steps }: Passage): string[] => steps.flatMap((step) => step.presumed);

const out = packetOf('tcp 192.168.1.2:40000 → 192.168.2.3:8080');
const setting = (name: string, value: string): string => `${WORKER.sysctls ?? ''}net.${name} = ${value}\n`;
const withSettings = (text: string): TracedNamespace => worker({ sysctls: text });

describe('from a Pod through its node', () => {
  it.each([
    ['0', '0', 'leaves ens192 10.12.22.152'],
    ['1', '0', 'dropped filter-drop'],
    ['0', '1', 'dropped filter-drop'],
  ])(
    'the port of a bridge is known to filters where br_netfilter shows it: %s, itself %s',
    (called, own, told) => {
      const read = worker({
        sysctls: setting('bridge.bridge-nf-call-iptables', called),
        iptables:
          '*filter\n:FORWARD ACCEPT [0:0]\n[0:0] -A FORWARD -m physdev --physdev-in veth7 -j DROP\nCOMMIT\n',
      });
      const [link] = parseLinksText(WORKER.addresses ?? '').filter(({ name }) => name === 'cali1');
      if (link === undefined) throw new Error('no cali1');
      const links = new Map([[link.name, { ...link, details: [['nf_call_iptables', own] as const] }]]);
      const at = { ...read, links };
      expect(said(one(pass(at, 'cali1', { ...out, physIn: 'veth7' })))).toBe(told);
    },
  );

  it('ways that rules part at every hook by dozens are followed so far and no further', () => {
    const drawn = (hook: string, key: unknown): readonly unknown[] => [
      { chain: { family: 'ip', table: 't', name: hook, type: 'filter', hook, prio: 0, policy: 'accept' } },
      {
        rule: {
          ...{ family: 'ip', table: 't', chain: hook },
          expr: [{ mangle: { key, value: { numgen: { mode: 'random', mod: 40, offset: 1 } } } }],
        },
      },
    ];
    const nftables = [
      { table: { family: 'ip', name: 't' } },
      ...drawn('prerouting', { meta: { key: 'mark' } }),
      ...drawn('forward', { payload: { protocol: 'ip', field: 'dscp' } }),
      ...drawn('postrouting', { payload: { protocol: 'ip', field: 'ttl' } }),
    ];
    const passages = pass(worker({ nft: JSON.stringify({ nftables }) }), 'cali1', out);
    expect(passages.length).toBeLessThan(5_000);
    expect(passages.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(passages.some(({ departure }) => departure.kind === 'unknown')).toBe(true);
  });

  it.each([
    ['drops it', 'DROP', 'dropped filter-drop'],
    ['has it not tracked', 'CT --notrack', 'leaves ens192 10.12.22.152'],
    ['has nothing to say', 'MARK --set-xmark 0x1/0xffffffff', 'dropped conntrack-full'],
  ])('a full table of connections is met behind raw: where that %s', (_, target, told) => {
    const iptables = `*raw
:PREROUTING ACCEPT [0:0]
[0:0] -A PREROUTING -p tcp -j ${target}
COMMIT
*filter
:FORWARD ACCEPT [0:0]
[0:0] -A FORWARD -m conntrack --ctstate NEW -j ACCEPT
COMMIT
`;
    const at = worker({ iptables, conntrack: { count: 100, max: 100 } });
    expect(said(one(pass(at, 'cali1', out)))).toBe(told);
  });

  it('of a setting of IPv6 that stops it, the command is of IPv6', () => {
    const at = worker({
      sysctls: changed(WORKER.sysctls, 'ipv6.conf.all.forwarding = 1', 'ipv6.conf.all.forwarding = 0'),
    });
    const step = last(one(pass(at, 'cali1', packetOf('tcp [fd00:1::2]:40000 → [2001:db8::1]:443'))));
    expect(step?.command).toBe('sysctl net.ipv6.conf.all.forwarding');
    expect(step?.evidence).toEqual(['k8s-worker-1/settings', 'k8s-worker-1/routes6']);
  });

  it('goes by the route to the other node, whose MAC address is known', () => {
    const passage = one(pass(worker(), 'cali1', out));
    expect(said(passage)).toBe('leaves ens192 10.12.22.152');
    expect(passage.steps.map(({ stage }) => stage)).toEqual(['receive', 'route', 'neighbour', 'transmit']);
    if (passage.departure.kind !== 'leaves') throw new Error();
    const { ttl, toMac } = passage.departure.packet;
    expect([ttl, toMac]).toEqual([63, '00:50:56:00:00:52']);
    const [, route] = passage.steps;
    expect(route?.sentence).toBe(
      '192.168.2.3 goes by ens192 to 10.12.22.152: the route 192.168.2.0/24 leads there.',
    );
    expect(route?.route?.text).toBe('192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird');
    expect(route?.route?.rule).toBe('32766: from all lookup main');
    expect(route?.command).toBe(
      'ip route get 192.168.2.3 from 192.168.1.2 iif cali1 ipproto tcp sport 40000 dport 8080',
    );
    expect(route?.evidence).toEqual(['k8s-worker-1/routes4', 'k8s-worker-1/rules4']);
    expect(passage.lookups).toHaveLength(1);
    expect(presumed(passage)).toEqual([]);
  });

  it('to its neighbour on the same link, and to a Pod of the node', () => {
    const to = (packet: TracedPacket, device = 'ens192'): string => said(one(pass(worker(), device, packet)));
    expect(to(packetOf('tcp 192.168.2.3:40000 → 192.168.1.2:80'))).toBe('leaves cali1 192.168.1.2');
    expect(to(packetOf('udp 192.168.1.2:40000 → 10.12.22.77:53'), 'cali1')).toBe('leaves ens192 10.12.22.77');
    expect(to(packetOf('icmp 192.168.1.2 → 8.8.8.8'), 'cali1')).toBe('leaves ens192 10.12.22.1');
    expect(to(packetOf('tcp [fd00:1::2]:40000 → [2001:db8::1]:443'), 'cali1')).toBe(
      'leaves ens192 2001:db8:22::1',
    );
  });

  it.each([
    [
      'no route',
      { routes4: changed(WORKER.routes4, 'default via 10.12.22.1 dev ens192 proto static\n', '') },
      'tcp 192.168.1.2:1 → 9.9.9.9:2',
      'rejected no-route',
    ],
    ['blackhole', {}, 'tcp 192.168.1.2:1 → 192.168.1.77:2', 'dropped blackhole'],
    ['unreachable', {}, 'udp 192.168.1.2:1 → 192.168.3.1:2', 'rejected unreachable'],
    ['prohibit', {}, 'udp 192.168.1.2:1 → 192.168.4.1:2', 'rejected prohibit'],
    ['a source whose way back is another', {}, 'tcp 192.168.2.9:1 → 192.168.2.3:2', 'dropped reverse-path'],
    ['a source of its own', {}, 'tcp 10.12.22.151:1 → 192.168.2.3:2', 'dropped martian-source'],
    [
      'forwarding off',
      { sysctls: changed(WORKER.sysctls, 'cali1.forwarding = 1', 'cali1.forwarding = 0') },
      'tcp 192.168.1.2:1 → 192.168.2.3:2',
      'dropped forwarding-off',
    ],
    [
      'forwarding off',
      { sysctls: changed(WORKER.sysctls, 'ipv6.conf.all.forwarding = 1', 'ipv6.conf.all.forwarding = 0') },
      'tcp [fd00:1::2]:1 → [2001:db8::1]:2',
      'dropped forwarding-off',
    ],
    [
      'no IPv6',
      { sysctls: changed(WORKER.sysctls, 'disable_ipv6 = 0', 'disable_ipv6 = 1') },
      'tcp [fd00:1::2]:1 → [2001:db8::1]:2',
      'dropped ipv6-disabled',
    ],
    ['127/8 from outside', {}, 'tcp 192.168.1.2:1 → 127.0.0.1:2', 'dropped martian-destination'],
    ['::1 from outside', {}, 'tcp [fd00:1::2]:1 → [::1]:2', 'dropped martian-destination'],
    ['an address of the link only', {}, 'tcp [fe80::1]:1 → [2001:db8::1]:2', 'rejected martian-source'],
    [
      'a neighbour that does not answer',
      { neighbours: '10.12.22.152 dev ens192 FAILED\n' },
      'tcp 192.168.1.2:1 → 192.168.2.3:2',
      'rejected neighbour-failed',
    ],
    [
      'a device that is off',
      {
        addresses: changed(
          WORKER.addresses,
          'ens192: <BROADCAST,MULTICAST,UP,LOWER_UP>',
          'ens192: <BROADCAST,MULTICAST>',
        ),
      },
      'tcp 192.168.1.2:1 → 192.168.2.3:2',
      'dropped device-down',
    ],
    [
      'no carrier',
      {
        addresses: changed(
          WORKER.addresses,
          'ens192: <BROADCAST,MULTICAST,UP,LOWER_UP>',
          'ens192: <NO-CARRIER,BROADCAST,MULTICAST,UP>',
        ),
      },
      'tcp 192.168.1.2:1 → 192.168.2.3:2',
      'rejected no-carrier',
    ],
    [
      'a device that is not there',
      { routes4: changed(WORKER.routes4, '10.12.22.152 dev ens192', '10.12.22.152 dev gone') },
      'tcp 192.168.1.2:1 → 192.168.2.3:2',
      'dropped device-missing',
    ],
    [
      'a group',
      {},
      'udp 192.168.1.2:1 → 224.0.0.251:5353',
      'unknown 224.0.0.251 is for a group of hosts (multicast, broadcast), which is not followed.',
    ],
  ] satisfies [string, Partial<PrintedNamespace>, string, string][])(
    '%s stops it: %#',
    (_, printed, packet, expected) => {
      const passage = one(pass(worker(printed), 'cali1', packetOf(packet)));
      expect(said(passage)).toBe(expected);
      expect(last(passage)?.outcome).toBe(expected.startsWith('unknown') ? 'unknown' : 'stops');
      if (passage.departure.kind === 'dropped' || passage.departure.kind === 'rejected')
        expect(passage.departure.device).toBe('cali1');
      expect(passage.tracked).toBeNull();
    },
  );

  it('the command of a setting that decided shows that setting', () => {
    const passage = one(pass(worker(), 'cali1', packetOf('tcp 192.168.2.9:1 → 192.168.2.3:2')));
    expect(last(passage)?.command).toBe('sysctl net.ipv4.conf.cali1.rp_filter');
    expect(last(passage)?.sentence).toBe(
      'An answer to 192.168.2.9 would not go by cali1: the reverse path filter drops it.',
    );
  });

  it('time to live and size are looked at before the rules', () => {
    const at = worker();
    const to = (fields: Partial<TracedPacket>, text = 'tcp 192.168.2.3:1 → 192.168.1.2:2'): Passage =>
      one(pass(at, text.includes('[') ? 'cali1' : 'ens192', packetOf(text, fields)));
    expect(said(to({ ttl: 1 }))).toBe('rejected ttl-exceeded');
    expect(said(to({ ttl: 2 }))).toBe('leaves cali1 192.168.1.2');
    expect(said(to({ length: 1440 }))).toBe('leaves cali1 192.168.1.2');
    expect(said(to({ length: 1441 }))).toBe('rejected too-big');
    const cut = to({ length: 1441, dontFragment: false });
    expect(said(cut)).toBe('leaves cali1 192.168.1.2');
    expect(
      cut.steps.some(
        ({ sentence }) =>
          sentence === 'Its 1441 bytes are cut into fragments of at most 1440, which is what cali1 takes.',
      ),
    ).toBe(true);
    // Nobody on the way cuts a packet of IPv6.
    expect(said(to({ length: 1501, dontFragment: false }, 'tcp [fd00:1::2]:1 → [2001:db8::1]:2'))).toBe(
      'rejected too-big',
    );
  });

  it('a route’s own MTU counts before the device’s', () => {
    const at = worker({
      routes4: changed(WORKER.routes4, 'dev ens192 proto bird', 'dev ens192 proto bird mtu 1300'),
    });
    expect(said(one(pass(at, 'cali1', { ...out, length: 1301 })))).toBe('rejected too-big');
    expect(said(one(pass(at, 'cali1', { ...out, length: 1300 })))).toBe('leaves ens192 10.12.22.152');
  });

  it('several paths are passages with shares, dead ones none', () => {
    const paths = (second: string): string =>
      changed(
        WORKER.routes4,
        '192.168.2.0/24 via 10.12.22.152 dev ens192 proto bird\n',
        `192.168.2.0/24 proto bird\n\tnexthop via 10.12.22.152 dev ens192 weight 1\n\tnexthop via 10.12.22.153 dev ens192 weight 3${second}\n`,
      );
    const both = pass(worker({ routes4: paths('') }), 'cali1', out);
    expect(both.map((passage) => [said(passage), passage.share])).toEqual([
      ['leaves ens192 10.12.22.152', 0.25],
      ['leaves ens192 10.12.22.153', 0.75],
    ]);
    expect(
      pass(worker({ routes4: paths(' dead linkdown') }), 'cali1', out).map(({ share }) => share),
    ).toEqual([1]);
  });

  it('what leads into a tunnel of the route’s own is not known', () => {
    const at = worker({
      routes4: changed(WORKER.routes4, '192.168.2.0/24 via', '192.168.2.0/24 encap mpls 200 via'),
    });
    expect(said(one(pass(at, 'cali1', out)))).toMatch(
      /^unknown The route 192\.168\.2\.0\/24 puts it into another packet/,
    );
  });

  it('a route of which no interface was read leads nobody knows where, of what is sent and of what comes in', () => {
    const at = worker({ routes4: changed(WORKER.routes4, '.152 dev ens192 proto bird', '.152 proto bird') });
    const own = packetOf('tcp 10.12.22.151:40000 → 192.168.2.3:8080');
    for (const passage of [pass(at, 'cali1', out), pass(at, null, own)])
      expect(said(one(passage))).toBe(
        'unknown The route 192.168.2.0/24 names no interface that was read: where it leads is not known.',
      );
  });
});

describe('what a namespace takes in', () => {
  it('frames for another host are dropped, those for a group are not', () => {
    const to = (toMac: string): string => said(one(pass(worker(), 'cali1', { ...out, toMac })));
    expect(to('02:00:00:00:00:99')).toBe('dropped wrong-neighbour');
    expect(to('EE:EE:EE:EE:EE:EE')).toBe('leaves ens192 10.12.22.152');
    expect(to('ff:ff:ff:ff:ff:ff')).toBe('leaves ens192 10.12.22.152');
  });

  it('a device that is off, or is not there, takes nothing', () => {
    const off = worker({
      addresses: changed(
        WORKER.addresses,
        'if3: <BROADCAST,MULTICAST,UP,LOWER_UP>',
        'if3: <BROADCAST,MULTICAST>',
      ),
    });
    expect(said(one(pass(off, 'cali1', out)))).toBe('dropped device-down');
    expect(said(one(pass(worker(), 'cali9', out)))).toBe('dropped device-missing');
  });

  it.each([
    ['tcp 10.12.22.152:1 → 10.12.22.151:22', 'delivered'],
    ['tcp 10.12.22.152:1 → 10.12.22.151:23', 'rejected no-socket'],
    ['tcp 10.12.22.152:1 → 10.12.22.151:10248', 'rejected no-socket'],
    ['tcp 10.12.22.152:1 → 10.12.22.151:10250', 'delivered'],
    ['tcp [2001:db8:22::1]:1 → [2001:db8:22::151]:10250', 'delivered'],
    ['tcp [2001:db8:22::1]:1 → [2001:db8:22::151]:22', 'rejected no-socket'],
    ['udp 10.12.22.152:1 → 10.12.22.151:4789', 'delivered'],
    ['udp 10.12.22.152:1 → 10.12.22.151:4790', 'rejected no-socket'],
    ['tcp 10.12.22.152:1 → 10.12.22.151', 'delivered'],
    ['icmp 10.12.22.152 → 10.12.22.151', 'delivered'],
    ['icmp 2001:db8:22::1 → 2001:db8:22::151', 'delivered'],
  ])('%s: %s', (packet, expected) => {
    expect(said(one(pass(worker(), 'ens192', packetOf(packet))))).toBe(expected);
  });

  it.each(['all', 'some', 'none of them was asked for'] as const)(
    'where nobody listens, rules that were not read (%s) may send it to somebody else',
    (rules) => {
      const read = worker();
      const missing = rules === 'all' || rules === 'some' ? { rulesMissing: rules } : null;
      const filters = missing === null || read.filters === null ? null : { ...read.filters, ...missing };
      const passage = one(
        pass({ ...read, filters }, 'ens192', packetOf('tcp 10.12.22.152:1 → 10.12.22.151:23')),
      );
      expect(said(passage)).toMatch(/^unknown/);
      expect(passage.steps.at(-1)?.sentence).toMatch(
        /nobody listens on TCP 10\.12\.22\.151:23; whether a rule/,
      );
    },
  );

  it('says on which address alone somebody listens', () => {
    const passage = one(pass(worker(), 'ens192', packetOf('tcp 10.12.22.152:1 → 10.12.22.151:10248')));
    expect(last(passage)?.sentence).toBe(
      'In k8s-worker-1 only 127.0.0.1 is listened on, not TCP 10.12.22.151:10248: the sender gets a reset.',
    );
    expect(last(passage)?.command).toBe("ss -ltn 'sport = :10248'");
  });

  it('presumes that a socket of IPv6 takes IPv4, and does not know it where the node’s default speaks against', () => {
    const packet = packetOf('tcp 10.12.22.152:1 → 10.12.22.151:10250');
    const doubts = (at: TracedNamespace): string[] =>
      presumed(one(pass(at, 'ens192', packet))).filter((sentence) => sentence.includes('v6only'));
    expect(doubts(worker())).toHaveLength(1);
    expect(doubts(worker({ sockets: 'tcp6 [::]:10250\ntcp 0.0.0.0:10250\n' }))).toEqual([]);
    const six = packetOf('tcp [2001:db8:22::1]:1 → [2001:db8:22::151]:10250');
    expect(presumed(one(pass(worker(), 'ens192', six))).join(' ')).not.toContain('v6only');
    const only = withSettings(setting('ipv6.bindv6only', '1'));
    expect(said(one(pass(only, 'ens192', packet)))).toMatch(
      /^unknown What listens on TCP \[::\]:10250 .*bindv6only is 1/,
    );
  });

  it('answers no ping where it is told not to', () => {
    const at = withSettings(setting('ipv4.icmp_echo_ignore_all', '1'));
    expect(said(one(pass(at, 'ens192', packetOf('icmp 10.12.22.152 → 10.12.22.151'))))).toBe(
      'dropped echo-ignored',
    );
  });

  it('presumes what was not read, and says so', () => {
    const { routes4, ...rest } = POD;
    const bare = pod({ ...rest, routes4: routes4 ?? '' });
    const passage = one(pass(bare, 'eth0', packetOf('tcp 192.168.2.3:1 → 192.168.1.2:8080')));
    expect(said(passage)).toBe('delivered');
    expect(presumed(passage)).toEqual(
      [
        'The settings of eth0 on web-1 on k8s-worker-1 were not read: it is presumed that it forwards and filters no sources (rp_filter).',
        'The packet filters of web-1 on k8s-worker-1 were not read: it is presumed that they let it pass and change nothing.',
      ].toReversed(),
    );
  });
});

describe('what a namespace sends itself', () => {
  const unchosen = (text: string): TracedPacket => packetOf(text);
  const sourceOf = (passage: Passage): string =>
    passage.departure.kind === 'leaves' || passage.departure.kind === 'delivered'
      ? addressText(passage.departure.packet.src)
      : said(passage);

  it('from a Pod, to the gateway that its route names', () => {
    const passage = one(pass(pod(), null, out));
    expect(said(passage)).toBe('leaves eth0 169.254.1.1');
    expect(passage.steps.find(({ stage }) => stage === 'route')?.command).toBe(
      'nsenter -t 4242 -n ip route get 192.168.2.3 from 192.168.1.2 ipproto tcp sport 40000 dport 8080',
    );
    if (passage.departure.kind !== 'leaves') throw new Error();
    expect(passage.departure.packet.ttl).toBe(64);
  });

  it.each([
    ['icmp 0.0.0.0 → 8.8.8.8', '10.12.22.151'],
    ['icmp 0.0.0.0 → 192.168.1.2', '10.12.22.151'],
    ['icmp 0.0.0.0 → 127.0.0.5', '127.0.0.1'],
    ['icmp 0.0.0.0 → 10.12.22.151', '10.12.22.151'],
    ['icmp :: → 2001:db8::1', '2001:db8:22::151'],
    ['icmp 10.12.22.99 → 8.8.8.8', 'rejected source-not-local'],
  ])('%s is sent from %s', (packet, source) => {
    expect(sourceOf(one(pass(worker(), null, unchosen(packet))))).toBe(source);
  });

  it.each([
    ['tcp 10.12.22.151:1 → 192.168.1.77:2', {}, 'rejected blackhole'],
    ['tcp 10.12.22.151:1 → 192.168.3.1:2', {}, 'rejected unreachable'],
    ['tcp 10.12.22.151:1 → 10.12.22.151:22', {}, 'delivered'],
    ['tcp 127.0.0.1:1 → 127.0.0.1:10248', {}, 'delivered'],
    ['tcp 127.0.0.1:1 → 127.0.0.1:9', {}, 'rejected no-socket'],
    ['udp 10.12.22.151:1 → 8.8.8.8:2', { length: 1501 }, 'rejected too-big'],
    ['udp 10.12.22.151:1 → 8.8.8.8:2', { length: 1501, dontFragment: false }, 'leaves ens192 10.12.22.1'],
    [
      'udp [2001:db8:22::151]:1 → [2001:db8::1]:2',
      { length: 1501, dontFragment: false },
      'leaves ens192 2001:db8:22::1',
    ],
    // What sends from here counts no hop.
    ['udp 10.12.22.151:1 → 8.8.8.8:2', { ttl: 1 }, 'leaves ens192 10.12.22.1'],
  ] satisfies [string, Partial<TracedPacket>, string][])('%s: %s', (packet, fields, expected) => {
    expect(said(one(pass(worker(), null, packetOf(packet, fields))))).toBe(expected);
  });

  it('by its only device where its routes were not read', () => {
    const { routes4, ...rest } = POD;
    expect(routes4).toBeDefined();
    const unread = pod({ ...rest });
    const without: TracedNamespace = { ...unread, fib: { 4: null, 6: null } };
    const passage = one(pass(without, null, out));
    expect(said(passage)).toBe('leaves eth0 192.168.2.3');
    expect(presumed(passage)[0]).toBe(
      'The IPv4 routes of web-1 on k8s-worker-1 were not read: it is presumed that they lead 192.168.2.3 out of eth0.',
    );
    const node: TracedNamespace = { ...worker(), fib: { 4: null, 6: null } };
    expect(said(one(pass(node, null, out)))).toMatch(
      /^unknown The IPv4 routes of k8s-worker-1 were not read/,
    );
  });
});

describe('neighbours', () => {
  it('an entry that has failed is asked for again where somebody answers now', () => {
    const at = worker({ neighbours: '10.12.22.152 dev ens192 FAILED\n' });
    const ask = (answers: boolean | null): string =>
      said(one(pass(at, 'cali1', out, { tracked: [], answers: () => answers })));
    expect(ask(true)).toBe('leaves ens192 10.12.22.152');
    expect(ask(false)).toBe('rejected neighbour-failed');
    expect(ask(null)).toBe('rejected neighbour-failed');
  });

  it('one that failed a while ago, with nothing sent since, does not say that nobody answers now', () => {
    const entry = (used: number): string =>
      `10.12.22.152 dev ens192  used ${String(used)}/90/${String(used)}probes 6 FAILED\n`;
    const ask = (used: number, answers: boolean | null) =>
      one(pass(worker({ neighbours: entry(used) }), 'cali1', out, { tracked: [], answers: () => answers }));
    expect(said(ask(3, null))).toBe('rejected neighbour-failed');
    expect(said(ask(300, null))).toBe('leaves ens192 10.12.22.152');
    expect(ask(300, null).steps.flatMap(({ presumed }) => presumed)).toContain(
      '10.12.22.152 did not answer k8s-worker-1 when it was asked last, which is a while ago: it is presumed that it answers now.',
    );
    expect(said(ask(300, false))).toBe('rejected neighbour-failed');
  });

  it('none is asked for, and nobody who answers is a reason of its own', () => {
    const at = worker({ neighbours: '' });
    const passage = one(pass(at, 'cali1', out));
    expect(said(passage)).toBe('leaves ens192 10.12.22.152');
    expect(passage.steps.at(-2)?.sentence).toBe(
      'k8s-worker-1 does not know the MAC address of 10.12.22.152 yet and asks for it on ens192 (ARP).',
    );
    expect(said(one(pass(at, 'cali1', out, { tracked: [], answers: () => false })))).toBe(
      'rejected nobody-has-address',
    );
  });

  it('who is asked for by a port of a bridge never is heard: the bridge takes each answer', () => {
    const at = worker({
      addresses:
        `${WORKER.addresses ?? ''}9: br0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:09 brd ff:ff:ff:ff:ff:ff promiscuity 0
    bridge forward_delay 1500 hello_time 200 max_age 2000
`.replace('qdisc mq state UP', 'qdisc mq master br0 state UP'),
      neighbours: '',
    });
    expect(said(one(pass(at, 'cali1', out, { tracked: [], answers: () => true })))).toBe(
      'rejected nobody-has-address',
    );
  });

  it('where ARP is switched off nobody is asked for, whatever answers there', () => {
    const plain = worker({ neighbours: '' });
    const links = new Map(
      [...(plain.links ?? [])].map(([name, link]) => [
        name,
        name === 'ens192' ? { ...link, details: [['arp', 'off'] as const] } : link,
      ]),
    );
    const at = { ...plain, links };
    const passage = one(pass(at, 'cali1', out, { tracked: [], answers: () => true }));
    expect(said(passage)).toBe('dropped nobody-has-address');
    expect(last(passage)?.sentence).toContain('ARP is switched off on ens192');
  });

  it('tunnels have none, and go by the gateway of their route', () => {
    const at = worker({
      addresses: `${WORKER.addresses ?? ''}5: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0
`,
      routes4: changed(
        WORKER.routes4,
        '10.12.22.152 dev ens192 proto bird',
        '10.12.22.152 dev tunl0 proto bird onlink',
      ),
    });
    expect(said(one(pass(at, 'cali1', out)))).toBe('leaves tunl0 10.12.22.152');
  });
});

describe('the way back', () => {
  it('an answer belongs to the connection, in a namespace that sent and in one that passed on', () => {
    const answer = packetOf('tcp 192.168.2.3:8080 → 192.168.1.2:40000', { tcpFlags: 0x12 });
    const sent = one(pass(pod(), null, out));
    const back = one(pass(pod(), 'eth0', answer, { tracked: sent.tracked === null ? [] : [sent.tracked] }));
    expect(said(back)).toBe('delivered');
    expect(last(back)?.sentence).toMatch(/it belongs to a connection that it began/);
    const forth = one(pass(worker(), 'cali1', out));
    expect(forth.tracked?.reply.sport).toBe(8080);
    expect(addressText(forth.tracked?.reply.dst ?? answer.src)).toBe('192.168.1.2');
  });

  it('an answer to one that was translated is translated back', () => {
    const forth = packetOf('tcp 192.168.1.2:40000 → 10.96.0.10:80');
    const reply = packetOf('tcp 192.168.2.3:8080 → 10.12.22.151:40000');
    const tracked = [{ protocol: 6, original: forth, reply }];
    const back = one(pass(worker(), 'ens192', { ...reply, tcpFlags: 0x12 }, { tracked }));
    expect(said(back)).toBe('leaves cali1 192.168.1.2');
    if (back.departure.kind !== 'leaves') throw new Error();
    const { src, sport, dst, dport, connection } = back.departure.packet;
    expect([addressText(src), sport, addressText(dst), dport]).toEqual([
      '10.96.0.10',
      80,
      '192.168.1.2',
      40000,
    ]);
    expect(connection).toMatchObject({ state: 'established', direction: 'reply', dnat: true, snat: true });
    expect(back.steps.flatMap(({ rewrote }) => rewrote ?? [])).toEqual([
      'destination 10.12.22.151:40000 → 192.168.1.2:40000',
      'source 192.168.2.3:8080 → 10.96.0.10:80',
    ]);
  });

  it('an answer is looked for in its own zone: in another it is nobody’s', () => {
    const raw = (...rules: string[]): TracedNamespace =>
      worker({
        iptables: [
          '*raw\n:PREROUTING ACCEPT [0:0]',
          ...rules.map((rule) => `-A PREROUTING ${rule}`),
          'COMMIT\n*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n',
        ].join('\n'),
      });
    const answered = (at: TracedNamespace): string => {
      const { tracked } = one(pass(at, 'cali1', out));
      const answer = packetOf('tcp 192.168.2.3:8080 → 192.168.1.2:40000', { tcpFlags: 0x12 });
      return said(one(pass(at, 'ens192', answer, { tracked: tracked === null ? [] : [tracked] })));
    };
    const forth = '-i cali1 -j CT --zone 5';
    expect(answered(raw(forth))).toBe('dropped filter-drop');
    expect(answered(raw(forth, '-i ens192 -j CT --zone 5'))).toBe('leaves cali1 192.168.1.2');
    expect(answered(raw('-i cali1 -j CT --zone-orig 5'))).toBe('leaves cali1 192.168.1.2');
  });

  it('a full table of connections lets no new one in, where a rule makes it track', () => {
    const rules =
      '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n';
    const full = { conntrack: { count: 5, max: 5 } };
    expect(said(one(pass(worker({ ...full, iptables: rules }), 'cali1', out)))).toBe(
      'dropped conntrack-full',
    );
    expect(said(one(pass(worker(full), 'cali1', out)))).toBe('leaves ens192 10.12.22.152');
  });
});
