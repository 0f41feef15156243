// Neighbour discovery of IPv6 and packet filters: of who asks and of who is asked.
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../route/address.ts';
import { takenDiscovery } from './discovery-filters.ts';
import { knownCluster } from './testing/real-cluster.ts';
import { namespaceOf } from './testing/namespace-of.ts';
import { tracePath } from './trace.ts';

const DEVICE = `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet6 fd00::1/64 scope global
    inet6 fe80::1/64 scope link
`;
const filter = (...rules: readonly string[]): string =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.map((rule) => `[0:0] ${rule}\n`).join('')}COMMIT\n`;
const REACT = '-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type';

function taken(role: 'asks' | 'answers', ...rules: readonly string[]): string | null {
  const at = namespaceOf({ addresses: DEVICE, ip6tables: filter(...rules) });
  const device = at.devices.get('eth0');
  const [asker, target] = [parseAddress('fd00::1'), parseAddress('fd00::2')];
  if (device === undefined || asker === null || target === null) throw new Error('no case');
  return takenDiscovery(at, device, role, { asker, target })?.sentence ?? null;
}

describe('a rule that takes neighbour discovery', () => {
  it.each([
    ['asks', '-A OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j DROP', 'solicitation'],
    ['asks', `${REACT} 136 -j DROP`, 'advertisement'],
    ['asks', `${REACT} 135 -j DROP`, null],
    ['answers', `${REACT} 135 -j DROP`, 'solicitation'],
    ['answers', '-A OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j REJECT', 'advertisement'],
    ['answers', `${REACT} 136 -j DROP`, null],
    // Sent to the group of who is asked.
    ['answers', '-A INPUT -d ff02::1:ff00:2/128 -j DROP', 'solicitation'],
    ['answers', '-A INPUT -d fd00::2/128 -j DROP', null],
    // Nobody tracks it, so that it is none that conntrack does not know.
    ['answers', '-A INPUT -m conntrack --ctstate INVALID,NEW -j DROP', null],
    ['answers', '-A INPUT -m conntrack --ctstate UNTRACKED -j DROP', 'solicitation'],
    ['answers', '-A INPUT -m hl ! --hl-eq 255 -j DROP', null],
  ] as const)('%s: %s', (role, rule, what) => {
    const said = taken(role, rule);
    if (what === null) expect(said).toBeNull();
    else expect(said).toMatch(new RegExp(`\\(neighbour ${what}\\) ends at worker: rule 1 of filter `));
  });

  it('silent where a host lets it pass before it drops the rest, and where a match is not known', () => {
    const host = [
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -m conntrack --ctstate INVALID -j DROP',
      '-A INPUT -p ipv6-icmp -j ACCEPT',
      '-A INPUT -j DROP',
    ];
    expect(taken('asks', ...host)).toBeNull();
    expect(taken('answers', ...host)).toBeNull();
    expect(taken('answers', '-A INPUT -m nobodyknows --what -j DROP')).toBeNull();
  });
});

it.each([
  ['asks', 'output', [], 'request'],
  ['asks', 'input', [['operation', 'reply']], 'reply'],
  ['asks', 'input', [['operation', 'request']], null],
  [
    'answers',
    'input',
    [
      ['htype', 1],
      ['hlen', 6],
      ['plen', 4],
      ['daddr ip', '10.0.0.2'],
    ],
    'request',
  ],
  ['answers', 'input', [['daddr ip', '10.0.0.9']], null],
  ['answers', 'output', [['saddr ip', '10.0.0.2']], 'reply'],
  ['answers', 'output', [['saddr ether', '02:00:00:00:00:09']], null],
  [
    'answers',
    'input',
    [
      ['meta protocol', 'arp'],
      ['meta pkttype', 'broadcast'],
    ],
    'request',
  ],
  ['asks', 'input', [['meta pkttype', 'broadcast']], null],
  ['asks', 'input', [['meta pkttype', 'host']], 'reply'],
  ['answers', 'input', [['meta protocol', 'ip']], null],
  ['answers', 'input', [['meta l4proto', 0]], null],
] as const)('ARP has rules of its own: of who %s, %s %j', (role, hook, asked, what) => {
  const of = { family: 'arp', table: 'fw' };
  const expr = asked.map(([field, right]) => ({
    match: {
      op: '==',
      left: field.startsWith('meta ')
        ? { meta: { key: field.slice(5) } }
        : { payload: { protocol: 'arp', field } },
      right,
    },
  }));
  const nftables = [
    { table: { family: 'arp', name: 'fw', handle: 1 } },
    { chain: { ...of, name: 'c', handle: 1, type: 'filter', hook, prio: 0, policy: 'accept' } },
    { rule: { ...of, chain: 'c', handle: 2, expr: [...expr, { drop: null }] } },
  ];
  const at = namespaceOf({ addresses: DEVICE, nft: JSON.stringify({ nftables }) });
  const device = at.devices.get('eth0');
  const [asker, target] = [parseAddress('10.0.0.1'), parseAddress('10.0.0.2')];
  if (device === undefined || asker === null || target === null) throw new Error('no case');
  const said = takenDiscovery(at, device, role, { asker, target })?.sentence ?? null;
  if (what === null) expect(said).toBeNull();
  else expect(said).toMatch(new RegExp(`\\(ARP ${what}\\) ends at worker: rule 1 of fw c drops it`));
});

describe('of a trace', () => {
  const six = (file: string, own: string, rules: readonly string[]) => (text: string) => {
    const at = `root@${file}:~# `;
    return text
      .replace(
        'scope global eth0\n',
        (line) => `${line}    inet6 fd00::${own}/64 scope global\n    inet6 fe80::${own}/64 scope link\n`,
      )
      .concat(
        `${at}ip -6 route show table all\nfd00::/64 dev eth0 proto kernel metric 256 pref medium\nfe80::/64 dev eth0 proto kernel metric 256 pref medium\nlocal fd00::${own} dev eth0 table local proto kernel metric 0 pref medium\n`,
        `${at}ip -6 rule show\n0:\tfrom all lookup local\n32766:\tfrom all lookup main\n`,
        `${at}ip6tables-save -c\n# Generated by ip6tables-save v1.8.9 (nf_tables) on Thu Nov 26 12:00:00 2026\n${filter(...rules)}`,
      );
  };
  const ended = (rules: { readonly a?: readonly string[]; readonly b?: readonly string[] }, known = '') => {
    const changes: Readonly<Record<string, (text: string) => string>> = {
      'node-A.txt': (text) =>
        six('node-A', '1', rules.a ?? [])(text).replace('ip neigh show\n', `ip neigh show\n${known}`),
      'node-B.txt': six('node-B', '2', rules.b ?? []),
    };
    const cluster = knownCluster(
      new URL('./fixtures/vxlan-bridge/', import.meta.url),
      (text, file) => changes[file]?.(text) ?? text,
    );
    const answer = tracePath(cluster, { from: 'node-A', to: 'fd00::2', proto: 'tcp', port: 9, size: null });
    if (!answer.ok) throw new Error(answer.sentence);
    const [path] = answer.paths;
    const { node = null, interface: device = null, reason = null } = path?.stopsAt ?? {};
    return [
      path?.verdict,
      node,
      device,
      reason,
      path?.hops.at(-1)?.steps.at(-1)?.rules.at(-1)?.chain ?? null,
    ];
  };
  const IN = [`${REACT} 135 -j DROP`];

  it('stops where the rule stands, at who is asked or at who asks', () => {
    expect(ended({ b: IN })).toEqual(['rejected', 'node-B', 'eth0', 'filter-drop', 'INPUT']);
    expect(ended({ a: [`${REACT} 136 -j DROP`] })).toEqual([
      ...['rejected', 'node-A', null, 'filter-drop'],
      'INPUT',
    ]);
    expect(ended({ a: IN })[1]).not.toBe('node-A');
  });

  it('does not matter where the MAC address is known, and does where it was found out that it is not', () => {
    expect(ended({ b: IN }, 'fd00::2 dev eth0 lladdr 02:00:00:00:0b:01 STALE\n')[3]).not.toBe('filter-drop');
    expect(ended({ b: IN }, 'fd00::2 dev eth0 FAILED\n').slice(1, 4)).toEqual([
      'node-B',
      'eth0',
      'filter-drop',
    ]);
  });
});
