// Facts of a node that a paste holds beside devices and routes: BIRD, settings, filters.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import { addressLines } from './address-lines.ts';
import { addressRows } from './address-rows.ts';
import { built, pasted } from './testing/built.ts';

const recorded = (name: string): string =>
  readFileSync(new URL(`../probe/fixtures/${name}`, import.meta.url), 'utf8');

function snapshotsOf(text: string): NodeSnapshot[] {
  const { moments } = built([pasted(text, 'w1.txt', 'w1')]);
  return moments.flat().map(({ reading }) => reading.snapshot);
}

it('many addresses of one device are gathered, each line once', () => {
  // Each with a copy of those before it would take minutes.
  const count = 60_000;
  const lines = (line: string): string => `${line}\n`.repeat(count);
  expect(addressLines(lines('    inet 10.0.0.1/24 scope global eth0')).get('eth0')).toHaveLength(count);
  expect(addressRows(lines('2: eth0    inet 10.0.0.1/24 scope global eth0')).get('eth0')).toHaveLength(count);
});

it('counters of which there are far too many are parted in time', () => {
  const lines = Array.from({ length: 60_000 }, (_, at) => `TcpExt: n${at}\n`).join('');
  expect(snapshotsOf(lines)).toHaveLength(1);
});

describe('BIRD, pasted', () => {
  it.each(['1.6.8', '2.0.12'])(
    'sessions, routes and clock of %s add up, also with blanks for tabs',
    (version) => {
      const text = ['status', 'established', 'routes']
        .map((what) => `root@w1:~# birdcl show ${what}\n${recorded(`birdcl-${version}-${what}.txt`)}`)
        .join('\n')
        .replaceAll('\t', '    ');
      const { moments, report, topology } = built([pasted(text)]);
      expect(moments).toHaveLength(1);
      const bird = moments[0]?.[0]?.reading.snapshot.bird?.value;
      expect(bird).toMatchObject({ state: 'running', version, sentence: null });
      expect(bird?.daemons[0]?.routerId).toMatch(/^\d+\./);
      expect(bird?.protocols.length).toBeGreaterThan(0);
      expect(bird?.routes?.routes.length).toBeGreaterThan(0);
      expect(bird?.routes?.unread).toEqual([]);
      expect(bird?.routes?.routes.some(({ source }) => source === 'BGP')).toBe(true);
      expect(report.unread).toEqual([]);
      // They are BIRD's routes, and not the kernel's.
      expect(Object.values(topology.forwarding).flatMap(({ routes }) => routes)).toEqual([]);
    },
  );

  it('routes alone tell of no session: which there are is unknown, and not none', () => {
    const [snapshot] = snapshotsOf(`BIRD 1.6.8 ready.
192.168.2.0/24     via 10.12.22.152 on ens192 [Mesh_10_12_22_152 06:12:33] * (100/0) [i]
`);
    expect(snapshot?.bird?.value).toMatchObject({
      state: 'unknown',
      sentence: 'Of BIRD on w1 only its routes were pasted: its sessions are unknown.',
    });
    expect(snapshot?.bird?.value?.routes?.routes.map(({ dst, protocol }) => [dst, protocol])).toEqual([
      ['192.168.2.0/24', 'Mesh_10_12_22_152'],
    ]);
  });

  it('calicoctl’s table without its right edge tells peers and what is left of their states', () => {
    const { moments, report } = built([
      pasted(
        `+--------------+-------------------+-------+----------+---------
| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO
+--------------+-------------------+-------+----------+---------
| 10.12.22.152 | node-to-node mesh | up    | 06:12:33 | Establis
| 10.12.22.150 | node-to-node mesh | start | 06:12:33 | A
`,
        'w1.txt',
        'w1',
      ),
    ]);
    const sessions = moments[0]?.[0]?.reading.snapshot.bird?.value?.protocols;
    expect(
      sessions?.map(({ neighbourAddress, state, bgpState }) => [neighbourAddress, state, bgpState]),
    ).toEqual([
      ['10.12.22.152', 'up', 'Established'],
      ['10.12.22.150', 'start', null],
    ]);
    // The head of a table that has none of its own.
    expect(report.unread.map(({ line }) => line)).toEqual([1]);
  });

  it('a session that was up and then was not is two moments', () => {
    const sessions = (state: string): string => `root@w1:~# birdcl show protocols
BIRD 1.6.8 ready.
name     proto    table    state  since       info
Mesh_10_12_22_152 BGP      master   ${state}
`;
    const before = sessions('up     06:12:33    Established');
    expect(snapshotsOf(before + before)).toHaveLength(1);
    expect(snapshotsOf(before + sessions('start  07:12:33    Active'))).toHaveLength(2);
  });
});

it('addresses of one family say nothing of the other', () => {
  const addresses = (family: 4 | 6, lines: string): string => `root@w1:~# ip -${family} addr
2: ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
${lines}`;
  const [snapshot, second] = snapshotsOf(
    `root@w1:~# ip -4 addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    inet 127.0.0.1/8 scope host lo
` +
      addresses(4, '    inet 10.12.22.151/16 scope global ens192\n') +
      addresses(6, '    inet6 fe80::1/64 scope link\n'),
  );
  expect(second).toBeUndefined();
  expect(
    snapshot?.addresses?.value?.map((one) => [one.name, one.addresses.map(({ address }) => address)]),
  ).toEqual([
    ['lo', ['127.0.0.1']],
    ['ens192', ['fe80::1', '10.12.22.151']],
  ]);
});

describe('addresses of an interface that is shown again, whole', () => {
  const shown = (command: string, lines: string): string => `root@w1:~# ${command}
2: ens192: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000
${lines}`;
  const ether = '    link/ether 00:50:56:b4:bf:01 brd ff:ff:ff:ff:ff:ff\n';
  const four = '    inet 10.12.22.151/16 scope global ens192\n';
  const six = '    inet6 2001:db8::151/64 scope global\n';
  const of = (text: string) =>
    snapshotsOf(text).map(({ addresses }) =>
      addresses?.value?.flatMap((one) => one.addresses.map(({ address }) => address)),
    );

  it.each(['ip addr', 'ip addr show dev ens192', 'ip a s ens192'])(
    'by %s: an IPv6 address that is gone is gone, and both are a moment',
    (command) => {
      expect(of(shown('ip addr', ether + four + six) + shown(command, ether + four))).toEqual([
        ['10.12.22.151', '2001:db8::151'],
        ['10.12.22.151'],
      ]);
    },
  );

  it.each(['ip -4 addr', 'ip -d -4 addr show ens192', 'ip addr | grep -v inet6'])(
    'by %s nothing is said of the other family',
    (command) => {
      const again = shown(command, command.includes('-d') || command.includes('grep') ? ether + four : four);
      expect(of(shown('ip addr', ether + four + six) + again)).toEqual([['10.12.22.151', '2001:db8::151']]);
    },
  );
});

describe('settings, pasted', () => {
  it('are those of the node, as sysctl, grep and cat print them', () => {
    const [snapshot, second] = snapshotsOf(`root@w1:~# sysctl -a | grep -E 'forward|rp_filter'
kernel.sysrq = 176
net.ipv4.conf.all.forwarding = 1
net.ipv4.conf.eth0/5.rp_filter = 2
root@w1:~# cat /proc/sys/net/ipv4/ip_forward
0
root@w1:~# sysctl -n net.ipv4.tcp_rmem
4096\t131072\t6291456
root@w1:~# grep -H '' /proc/sys/net/ipv4/conf/cali1/proxy_arp
/proc/sys/net/ipv4/conf/cali1/proxy_arp:1
`);
    expect(second).toBeUndefined();
    expect(Object.fromEntries(snapshot?.settings?.value?.sysctls ?? [])).toEqual({
      'ipv4/conf/all/forwarding': '1',
      'ipv4/conf/eth0.5/rp_filter': '2',
      'ipv4/ip_forward': '0',
      'ipv4/tcp_rmem': '4096 131072 6291456',
      'ipv4/conf/cali1/proxy_arp': '1',
    });
  });

  it('that were changed are two moments', () => {
    const both = snapshotsOf(`net.ipv4.ip_forward = 0
# sysctl -w net.ipv4.ip_forward=1
net.ipv4.ip_forward = 1
`);
    expect(both.map(({ settings }) => settings?.value?.sysctls.get('ipv4/ip_forward'))).toEqual(['0', '1']);
  });
});

describe('filters, pasted', () => {
  const table = (name: string, rule: string): string =>
    `root@w1:~# iptables-save -t ${name}\n*${name}\n:FORWARD ACCEPT [0:0]\n${rule}\nCOMMIT\n`;

  it('tables that were pasted one by one stand beside each other, and the same one twice is one moment', () => {
    const filter = table('filter', '-A FORWARD -j DROP');
    const [snapshot, second] = snapshotsOf(filter + table('nat', '-A POSTROUTING -j MASQUERADE') + filter);
    expect(second).toBeUndefined();
    expect(snapshot?.firewall?.value?.tables.map(({ name }) => name)).toEqual(['filter', 'nat']);
  });

  it.each([
    ['its command says so', 'root@w1:~# ip6tables-save\n', '-A FORWARD -j DROP', 'ip6'],
    ['its heading says so', '# Generated by ip6tables-save v1.8.9\n', '-A FORWARD -j DROP', 'ip6'],
    ['a rule has an address of it', '', '-A FORWARD -s fd00:192::/48 -j DROP', 'ip6'],
    ['a rule leads to such an address', '', '-A FORWARD -j DNAT --to-destination [fd00::3]:8080', 'ip6'],
    ['a rule asks for its ICMP', '', '[3:180] -A FORWARD -p ipv6-icmp -j ACCEPT', 'ip6'],
    ['a rule answers by its ICMP', '', '-A FORWARD -j REJECT --reject-with icmp6-adm-prohibited', 'ip6'],
    ['nothing says so', '', '-A FORWARD -p icmp -m comment --comment "a::b" -j DROP', 'ip'],
    ['its command says otherwise', 'root@w1:~# iptables-save\n', '-A FORWARD -s 10.0.0.0/8 -j DROP', 'ip'],
    [
      'a file’s heading says so',
      'root@w1:~# cat /etc/iptables/rules.v6\n# Generated by ip6tables-save v1.8.9\n',
      '-A FORWARD -j DROP',
      'ip6',
    ],
    ['its file says so', 'root@w1:~# cat /etc/sysconfig/ip6tables\n', '-A FORWARD -j DROP', 'ip6'],
  ])('of IPv6 they are where %s', (_, before, rule, family) => {
    const text = `${before}*filter\n:FORWARD ACCEPT [0:0]\n${rule}\nCOMMIT\n`;
    expect(snapshotsOf(text)[0]?.firewall?.value?.tables.map((one) => one.family)).toEqual([family]);
  });

  it.each(['iptables-save -c; ip6tables-save -c', ''])('both families in a row are both: %s', (command) => {
    const saved = (by: string, name: string): string =>
      `# Generated by ${by}-save v1.8.9\n*${name}\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n# Completed on Thu\n`;
    const typed = command === '' ? '' : `root@w1:~# ${command}\n`;
    const four = saved('iptables', 'filter') + saved('iptables', 'nat');
    const text = typed + four + saved('ip6tables', 'filter');
    const { moments, report } = built([pasted(text, 'w1.txt', 'w1')]);
    expect(report.pieces).toHaveLength(2);
    const [reading, later] = moments.flat();
    expect(later).toBeUndefined();
    const tables = reading?.reading.snapshot.firewall?.value?.tables;
    expect(tables?.map(({ family, name }) => `${family} ${name}`)).toEqual([
      'ip filter',
      'ip nat',
      'ip6 filter',
    ]);
  });

  it('that there are rules of the other backend makes none of that', () => {
    const text = `# Generated by iptables-save v1.8.9\n*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n`;
    expect(snapshotsOf(text)[0]?.firewall?.value?.tables[0]?.backend).toBe('nft-compat');
  });

  it('leave a gap where one is masked, and say so', () => {
    const text = table('filter', '[0:0] -A FORWARD -s 10.12.x.x/32 -j ACCEPT\n[0:0] -A FORWARD -j DROP');
    const [chain] = snapshotsOf(text)[0]?.firewall?.value?.tables[0]?.chains ?? [];
    expect(chain?.rules.map((rule) => (rule.backend === 'xt' ? rule.text : ''))).toEqual([
      '-j lines-that-are-missing',
      '-j DROP',
    ]);
    expect(built([pasted(text)]).report.unread.map(({ why }) => why)).toEqual(['an address is masked']);
  });

  it('sets alone tell nothing of rules', () => {
    const { firewall } = snapshotsOf('Name: s\nType: hash:ip\nRevision: 5\nMembers:\n10.0.0.1\n')[0] ?? {};
    expect([firewall?.value?.ipsets.length, firewall?.value?.rulesMissing]).toEqual([1, 'all']);
  });

  it('two samples of counters are two moments', () => {
    const counted = (count: number): string => table('filter', `[${count}:0] -A FORWARD -j DROP`);
    expect(snapshotsOf(counted(1) + counted(5))).toHaveLength(2);
  });
});

describe('rules of iptables that nft lists as well', () => {
  const saved = (...rules: readonly string[]): string =>
    `root@w1:~# iptables-save -c\n*filter\n:FORWARD ACCEPT [0:0]\n${rules.map((rule) => `[0:0] -A FORWARD ${rule}\n`).join('')}COMMIT\n`;
  const listed = (chain: string): string =>
    `root@w1:~# nft list ruleset\ntable ip filter {\n\tchain ${chain} {\n\t\ttype filter hook forward priority filter; policy accept;\n\t\txt match "recent" counter packets 0 bytes 0 drop\n\t\tip saddr 10.0.0.1 drop\n\t}\n}\n`;
  const told = (text: string) => {
    const [snapshot, ...later] = snapshotsOf(text);
    expect(later).toEqual([]);
    return snapshot?.firewall?.value?.tables.map(({ backend, name }) => `${backend} ${name}`).sort();
  };
  const both = ['-m recent --rcheck -j DROP', '-s 10.0.0.1/32 -j DROP'];

  it.each([
    ['once, as iptables says them', saved(...both), 'FORWARD', ['nft-compat filter']],
    ['once, as nft does where iptables’ are not all there', saved('-j DROP'), 'FORWARD', ['nft filter']],
    ['twice where nft’s are its own', saved(...both), 'forward', ['nft filter', 'nft-compat filter']],
  ])('stand %s, whichever was pasted first', (_, text, chain, tables) => {
    expect(told(text + listed(chain))).toEqual(tables);
    expect(told(listed(chain) + text)).toEqual(tables);
  });
});

describe('rules of nft, pasted', () => {
  const listed = (...rules: readonly string[]): string =>
    `table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { 10.12.0.1,\n\t\t\t     10.12.0.2 }\n\t}\n\n\tchain c {\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}\n`;
  const tableOf = (text: string) => snapshotsOf(text)[0]?.firewall?.value?.tables[0];
  const rulesOf = (text: string) =>
    tableOf(text)?.chains[0]?.rules.map((rule) => (rule.backend === 'nft' ? rule.expr : []));
  const missing = [{ 'lines-that-are-missing': null }];
  const dropped = [{ drop: null }];

  it('are read however long their maps are', () => {
    const to = Array.from({ length: 500 }, (_, at) => `${at} : goto endpoint-${at}`).join(', ');
    const text = listed(`numgen random mod 500 vmap { ${to} }`, 'drop');
    const [first, ...others] = rulesOf(text) ?? [];
    expect((first?.[0] as { vmap: { data: { set: unknown[] } } } | undefined)?.vmap.data.set).toHaveLength(
      500,
    );
    expect(others).toEqual([dropped]);
    expect(built([pasted(text)]).report.unread).toEqual([]);
  });

  it.each([
    ['ip saddr 10.12.x.x accept', 'an address is masked'],
    [`ip saddr { ${'10.0.0.1, '.repeat(1_000)}10.12.x.x } accept`, 'an address is masked'],
    [`ip saddr { ${'10.0.0.1, '.repeat(20_000)}10.0.0.2 } accept`, 'longer than any line of these commands'],
  ])('leave a gap where one is not read: %.30s', (rule, why) => {
    const text = `${listed(rule, 'drop')}That is all.\n`;
    expect(rulesOf(text)).toEqual([missing, dropped]);
    expect(tableOf(text)?.sets).toHaveLength(1);
    const { unread, pieces } = built([pasted(text)]).report;
    expect(unread.map((line) => [line.line, line.why])).toEqual([
      [9, why],
      [13, 'no command’s output that is known'],
    ]);
    expect(pieces[0]?.lastLine).toBe(12);
  });

  it('of a set of which an element is not read none is known not to be in it', () => {
    const table = tableOf(listed('drop').replace('10.12.0.2', '10.12.x.x'));
    expect(table).toMatchObject({ sets: [], chains: [{ rules: [{ expr: dropped }] }] });
  });
});

it('lines that are made to be looked through again and again are read at once', () => {
  const odd = `net.ipv4.ip_forward = 1${' '.repeat(3900)}\u2028x`;
  const route = '192.168.2.0/24     via 10.12.22.152 on ens192 [Mesh_10_12_22_152 06:12:33] * (100/0) [i]';
  const start = process.cpuUsage();
  const [snapshot] = snapshotsOf(
    `${route}\n${`${' '.repeat(1300)}via x [a ]${'['.repeat(2500)}\n`.repeat(5)}root@w1:~# sysctl -a\n${odd}\nnet.ipv4.tcp_ecn = 2\n`,
  );
  const { user } = process.cpuUsage(start);
  expect(user).toBeLessThan(2e6);
  expect(snapshot?.bird?.value?.routes?.routes[0]?.dst).toBe('192.168.2.0/24');
  expect(snapshot?.settings?.value?.sysctls.get('ipv4/tcp_ecn')).toBe('2');
});
