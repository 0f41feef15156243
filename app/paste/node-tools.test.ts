// What tools of a node print for people, pasted.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { runs } from '../testing/runs.ts';
import { built, pasted, PASTED_AT } from './testing/built.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/tools/${name}.txt`, import.meta.url), 'utf8');

function read(text: string): {
  snapshot: NodeSnapshot | undefined;
  moments: number;
  notes: string;
  unread: (readonly [number, string])[];
} {
  const { moments, report } = built([pasted(text, 'w1.txt', 'w1')]);
  return {
    snapshot: moments.at(-1)?.[0]?.reading.snapshot,
    moments: moments.length,
    notes: report.notes.join(' '),
    unread: report.unread.map(({ line, why }) => [line, why]),
  };
}

describe('who listens', () => {
  const LISTEN = [
    ['tcp', '127.0.0.1', 10248],
    ['tcp6', '::', 6443],
  ];
  const sockets = (text: string) => {
    const { snapshot, unread } = read(text);
    expect(unread).toEqual([]);
    return snapshot?.settings?.value?.sockets
      ?.map(({ protocol, address, port }) => [protocol, address, port])
      .sort();
  };

  it.each(['ss-lntup', 'netstat-lntup'])('%s, recorded', (name) => {
    expect(sockets(fixture(name))).toEqual([...LISTEN, ['udp', '0.0.0.0', 4789]]);
    // grep takes the heading, a chat the blanks.
    const rows = fixture(name)
      .split('\n')
      .filter((line) => /\d/.test(line));
    expect(sockets(rows.join('\n').replaceAll(/ {2,}/g, ' '))).toEqual([...LISTEN, ['udp', '0.0.0.0', 4789]]);
  });

  it('ss of one protocol does not name it', () => {
    expect(sockets(fixture('ss-lnt'))).toEqual(LISTEN);
  });

  it('before iproute2 4.16 a star is IPv4 alone', () => {
    expect(
      sockets(
        'tcp    LISTEN     0      128       *:22                    *:*\ntcp    LISTEN     3      128      :::22                   :::*\n',
      ),
    ).toEqual([
      ['tcp', '0.0.0.0', 22],
      ['tcp6', '::', 22],
    ]);
  });

  it('sockets that are connected are none', () => {
    const { snapshot, unread } = read(
      'tcp   ESTAB  0      0      10.12.22.151:22   10.12.0.9:50000\ntcp   LISTEN 0 5 0.0.0.0:22 0.0.0.0:*\n',
    );
    expect(snapshot?.settings?.value?.sockets?.map(({ port }) => port)).toEqual([22]);
    expect(unread.map(([line]) => line)).toEqual([1]);
  });
});

it('devices by ip -br link: state, MAC, the number of the other end; what it leaves out stays as it was known', () => {
  const { snapshot, moments, unread } = read(`# ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
7: ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
    link/ether 00:50:56:b4:bf:01 brd ff:ff:ff:ff:ff:ff
# ip -br link
${fixture('ip-br-link')}ens192           UP             00:50:56:b4:bf:01 <BROADCAST,MULTICAST,UP,LOWER_UP>
`);
  expect([moments, unread]).toEqual([1, []]);
  const links = snapshot?.links?.value ?? [];
  expect(links.find(({ name }) => name === 'ens192')).toMatchObject({
    ifindex: 7,
    mtu: 1500,
    operstate: 'UP',
  });
  expect(links.find(({ name }) => name === 'veth1')).toMatchObject({ kind: 'veth', peerIfindex: 2 });
});

it('bridge link shows a bridge’s ports alone: the other devices are as they were', () => {
  const { snapshot, moments } = read(
    `# ip -br link\n${fixture('ip-br-link')}# bridge link\n${fixture('bridge-link')}`,
  );
  expect(moments).toBe(1);
  expect(snapshot?.links?.value?.map(({ name }) => name)).toContain('lo');
  expect(snapshot?.links?.value?.find(({ name }) => name === 'veth1')?.masterName).toBe('cni0');
});

it('offloads, as ethtool -k prints them for several devices', () => {
  const text = fixture('ethtool-k');
  const { snapshot, unread } = read(
    `# for d in veth1 eth0; do ethtool -k $d; done\n${text}${text.replace('veth1', 'eth0').replace('tx-checksumming: on', 'tx-checksumming: off')}`,
  );
  expect(unread).toEqual([]);
  const { offloads } = snapshot?.settings?.value ?? {};
  expect(['veth1', 'eth0'].map((name) => offloads?.get(name)?.get('tx-checksumming'))).toEqual(['on', 'off']);
  expect(offloads?.get('veth1')?.get('tx-checksum-ipv4')).toBe('off [fixed]');
});

it('sets, as ipset list prints them: their members are no routes', () => {
  const { snapshot, unread } = read(fixture('ipset-list'));
  expect(unread).toEqual([]);
  expect(snapshot?.routes4).toBeNull();
  expect(snapshot?.firewall?.value?.ipsets).toEqual([
    { name: 'cali40all-ipam-pools', type: 'hash:net', size: 1, members: ['192.168.0.0/16'] },
    { name: 'KUBE-CLUSTER-IP', type: 'hash:ip,port', size: 1, members: ['10.96.0.10,udp:53'] },
  ]);
  expect(snapshot?.firewall?.sentence).toContain('tell no rules');
});

it('a prefix alone is no route, but where its next hops follow', () => {
  const { snapshot, unread } = read(
    '10.0.0.0/8\n192.168.9.0/24\n\tnexthop via 10.12.0.2 dev ens192 weight 1\n\tnexthop via 10.12.0.3 dev ens192 weight 1\n172.16.0.0/12\n',
  );
  expect(snapshot?.routes4?.value?.map(({ dst, nexthops }) => [dst, nexthops.length])).toEqual([
    ['192.168.9.0/24', 2],
  ]);
  expect(unread).toEqual([
    [1, 'a prefix alone is no route'],
    [5, 'a prefix alone is no route'],
  ]);
});

it('virtual servers, as ipvsadm -Ln prints them', () => {
  const { snapshot, unread } = read(fixture('ipvsadm-Ln'));
  expect(unread).toEqual([]);
  expect(snapshot?.firewall?.value?.virtualServers).toMatchObject([
    {
      protocol: 'TCP',
      address: '10.96.0.1',
      port: 443,
      scheduler: 'rr',
      servers: [{ address: '10.12.22.150', port: 6443, forward: 'Masq', active: 3 }],
    },
    { protocol: 'UDP', address: '10.96.0.10', port: 53, flags: 'persistent 10800', servers: [{}, {}] },
    {
      protocol: 'TCP',
      address: 'fd00:10:96::1',
      port: 443,
      servers: [{ address: 'fd00:10:12::150', inactive: 0 }],
    },
  ]);
});

it('peers of WireGuard, as wg show prints them: when each was last heard', () => {
  const { snapshot, unread } = read(fixture('wg-show'));
  expect(unread).toEqual([]);
  expect(snapshot?.settings?.value?.wireguard).toMatchObject([
    {
      device: 'wireguard.cali',
      endpoint: '10.12.22.152:51820',
      allowedIps: ['192.168.2.0/24', '192.168.2.1/32'],
      latestHandshake: PASTED_AT / 1000 - 3725,
      receivedBytes: 1260,
    },
    { latestHandshake: null, sentBytes: 0 },
  ]);
});

describe('counters by nstat', () => {
  it('are those of the kernel where all of them were asked for', () => {
    const { snapshot, unread } = read(
      `# nstat -az\n${fixture('nstat-az').replace(/(TcpExtListenDrops\s+)0 /, '$17 ')}`,
    );
    expect(snapshot?.counters?.value?.namespaces[0]?.counters.get('TcpExtListenDrops')).toBe(7);
    expect(unread).toEqual([]);
  });

  it('are differences without -a, and kept as they stand', () => {
    expect(read(`# nstat\n${fixture('nstat-az')}`).snapshot?.counters ?? null).toBeNull();
  });
});

it('nftables are rules, by nft -j and as nft prints them; of a chain without its table nobody knows whose it is', () => {
  const table = { family: 'ip', name: 'filter', chains: [{ name: 'FORWARD' }] };
  for (const text of [`# nft -j list ruleset\n${fixture('nft-j')}`, fixture('nft-list')]) {
    const { snapshot, unread } = read(text);
    expect(unread).toEqual([]);
    expect(snapshot?.firewall?.value?.tables).toMatchObject([table]);
  }
  const cut = fixture('nft-list').split('\n').slice(1).join('\n');
  expect(read(cut).unread[0]?.[1]).toContain('this form is not read; what is: nft list ruleset');
});

it.each([
  [fixture('conntrack-S'), 'sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max'],
  ['Ip:\n    Forwarding: 1\n    100 total packets received\n', 'cat /proc/net/snmp /proc/net/netstat'],
  ['Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination\n', 'iptables-save -c'],
  ['Name:             web\nNamespace:        shop\n', 'the same objects with kubectl get … -o yaml'],
])('what is known and not read says what is: %#', (text, command) => {
  expect(read(text).unread[0]?.[1]).toContain(`this form is not read; what is: ${command}`);
});

it.each([
  // Felix is meant.
  ['unknown', 'Calico process is not running.\n'],
  // As with VXLAN: nobody killed it, and no socket was looked at.
  [
    'absent',
    'Calico process is running.\n\nNone of the BGP backend processes (BIRD or GoBGP) are running.\n',
  ],
])('calicoctl node status that finds no daemon: %s', (state, text) => {
  const { snapshot, unread } = read(text);
  expect(unread).toEqual([]);
  expect(snapshot?.bird?.value).toMatchObject({ state, protocols: [] });
  const { nodes } = built([pasted(text, 'w1.txt', 'w1')]).topology;
  expect(Object.values(nodes)[0]?.bird.state).toBe(state);
  expect(Object.values(nodes)[0]?.bird.sentence).toMatch(/^calicoctl node status /);
});

it('peers of IPv6 stand in a table of their own', () => {
  const { snapshot, unread } = read(fixture('calicoctl-node-status'));
  expect(unread).toEqual([]);
  expect(
    snapshot?.bird?.value?.protocols.map(({ name, neighbourAddress, bgpState }) => [
      name,
      neighbourAddress,
      bgpState,
    ]),
  ).toEqual([
    ['Mesh_10_12_22_152', '10.12.22.152', 'Established'],
    ['Node_fd00_10_12__152', 'fd00:10:12::152', 'Active'],
  ]);
});

it('any of it with holes: no throw, and every line is used or unread', () => {
  const lines = [
    'ss-lntup',
    'netstat-lntup',
    'ip-br-link',
    'ipset-list',
    'ipvsadm-Ln',
    'wg-show',
    'ethtool-k',
  ].flatMap((name) => fixture(name).split('\n'));
  const line = fc.oneof(
    fc.constantFrom(...lines),
    fc
      .tuple(fc.constantFrom(...lines), fc.nat(80), fc.string({ maxLength: 6 }))
      .map(([one, at, put]) => one.slice(0, at) + put + one.slice(at + 2)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (some) => {
      const text = some.join('\n');
      const { report } = built([pasted(text, 'w1.txt', 'w1')]);
      expect(report.unreadCount).toBeLessThanOrEqual(text.split(/[\n\r]/).length);
    }),
    { numRuns: runs(100) },
  );
});
