import { readdirSync, readFileSync } from 'node:fs';
import { PASTED } from '../../topology/input.ts';
import { describe, expect, it } from 'vitest';
import { built, PASTED_AT } from '../../paste/testing/built.ts';
import { diagnose } from '../diagnose.ts';
import { changed, section, told as toldAbout } from '../testing/case.ts';
import { NOTHING, sampledFacts } from '../testing/tunnelled-pods.ts';

const folder = new URL('../../trace/fixtures/vxlan-bridge/', import.meta.url);

/** A third node whose VXLAN device is as B's; nobody has a route to it. */
const THIRD = `root@node-C:~# ip -d addr show
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: eth0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:0e:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    veth
    inet 10.0.0.3/24 scope global eth0
3: vx0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ether 02:00:00:00:0e:77 brd ff:ff:ff:ff:ff:ff
    vxlan id 77 local 10.0.0.3 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx
    inet 10.244.3.0/32 scope global vx0
root@node-C:~# 
`;

interface Changes {
  readonly A?: (text: string) => string;
  readonly B?: (text: string) => string;
}

function findings({ A, B }: Changes, more: readonly string[] = []) {
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((source) => {
      const change = { 'node-A.txt': A, 'node-B.txt': B }[source];
      const text = readFileSync(new URL(source, folder), 'utf8');
      return { source, text: change?.(text) ?? text };
    });
  const all = [...texts, ...more.map((text, at) => ({ source: `more-${String(at)}`, text }))];
  const { topology, moments, inventory } = built(
    all.map((one) => ({ ...one, modifiedAt: PASTED_AT, place: null })),
  );
  const readings = new Map(moments.flat().map(({ label, reading }) => [label, reading]));
  return diagnose({ topology, readings, inventory, ledgers: new Map() }).findings;
}

const told = (changes: Changes, more: readonly string[] = []) =>
  findings(changes, more).map(({ id, where, title }) => [id, where.node, where.interface, title]);

const replaced =
  (...pairs: readonly (readonly [string | RegExp, string])[]) =>
  (text: string): string =>
    pairs.reduce((all, [from, to]) => {
      const now = all.replace(from, to);
      if (now === all) throw new Error(`nothing like ${String(from)}`);
      return now;
    }, text);

const number = replaced(['vxlan id 77', 'vxlan id 99']);
const port = replaced(['dstport 8472', 'dstport 8999']);

describe('ends of a VXLAN that do not fit each other are told once, with all ways that end', () => {
  it('of two that differ, one', () => {
    const [one, ...others] = findings({ A: number });
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'vxlan-mismatch', confidence: 'certain' });
    expect(one?.because).toContain('VNI 99 on UDP port 8472');
    expect(one?.because).toContain('VNI 77 on UDP port 8472');
    expect(one?.consequences).toEqual(
      expect.arrayContaining(['10.244.1.2 → 10.244.2.2', '10.244.2.2 → 10.244.1.2']),
    );
  });

  it.each([
    ['A', { A: number }, 'node-A', 'vx0 of node-A has VNI 99 and not 77 as vx0 of node-B'],
    ['B', { B: port }, 'node-B', 'vx0 of node-B has UDP port 8999 and not 8472 as vx0 of node-A'],
  ] as const)('of three, the one that differs from the others: %s', (_, changes, node, title) => {
    expect(told(changes, [THIRD])).toEqual([['vxlan-mismatch', node, 'vx0', title]]);
  });

  it('a node that has no such device: what it cannot send for want of routes stands under it', () => {
    const gone = replaced(
      [/3: vx0: [^]*?(?=4: cni0)/, ''],
      [/10.244.2.0\/24 via.*\n/, ''],
      [/local 10.244.1.0 dev vx0.*\n/, ''],
      [/10.244.2.0 dev vx0 lladdr.*\n/, ''],
      [/02:00:00:00:0b:77 dev vx0.*\n/, ''],
    );
    const [one, ...others] = findings({ A: gone });
    expect(others).toEqual([]);
    expect(one).toMatchObject({ id: 'vxlan-mismatch', where: { node: 'node-A', interface: 'vx0' } });
    expect(one?.consequences.join('\n')).toContain('no route');
  });

  const moved = (text: string): string =>
    text
      .replaceAll('inet 10.0.0.1/24', 'inet 10.0.0.61/24')
      .replaceAll('src 10.0.0.1\n', 'src 10.0.0.61\n')
      .replaceAll('local 10.0.0.1 dev eth0 table', 'local 10.0.0.61 dev eth0 table');

  it('one that sends from an address that its node has lost; entries elsewhere that lead there stand under it', () => {
    const [one, ...others] = findings({ A: moved });
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      id: 'vxlan-mismatch',
      where: { node: 'node-A', interface: 'vx0' },
      title: 'vx0 of node-A sends from 10.0.0.1, which node-A does not have',
    });
    expect(one?.consequences.join('\n')).toContain('vxlan-fdb-missing');
  });

  it.each([
    ['forwarding entry', /02:00:00:00:0a:77 dev vx0 dst.*\n/],
    ['neighbour entry', /10\.244\.1\.0 dev vx0 lladdr.*\n/],
  ])('what another has no %s for is a fault of its own: both are told', (_, entry) => {
    const all = findings({ A: moved, B: replaced([entry, '']) });
    expect(all.map(({ id, where }) => `${id} ${where.node ?? ''}`).sort()).toEqual([
      'vxlan-fdb-missing node-B',
      'vxlan-mismatch node-A',
    ]);
    expect(all.flatMap(({ consequences }) => consequences).join('\n')).not.toContain('vxlan-fdb-missing');
  });
});

it('nothing where another address of the node’s own is sent from, nor where devices that differ never meet', () => {
  const second = replaced(
    [
      '    inet 10.0.0.1/24 scope global eth0\n',
      '    inet 10.0.0.1/24 scope global eth0\n    inet 172.31.9.1/24 scope global eth0\n',
    ],
    ['local 10.0.0.1 dev eth0 srcport', 'local 172.31.9.1 dev eth0 srcport'],
    [
      'local 127.0.0.1 dev lo table',
      'local 172.31.9.1 dev eth0 table local proto kernel scope host src 172.31.9.1\nlocal 127.0.0.1 dev lo table',
    ],
  );
  expect(told({ A: second })).toEqual([]);
  expect(told({}, [THIRD.replace('vxlan id 77', 'vxlan id 5')])).toEqual([]);
});

describe('an IPv6 address that is gone, to which entries of the others lead', () => {
  const GLOBAL = { prefixLength: 64, scope: 'global' };
  const six = (own: number) => `fd00::${String(own)}`;
  const at = (
    holders: Readonly<Record<string, readonly number[]>>,
    sender = six,
    isPasted = false,
  ): string[] => {
    const samples = [[0, NOTHING, NOTHING, NOTHING]] as const;
    const facts = sampledFacts(samples, (label, second) => {
      const { links, fdb, addresses } = sampledFacts(samples).readings.get(label)?.snapshot ?? {};
      const own = label.charCodeAt(0) - 96;
      return {
        seenAt: second * 1000,
        links: changed(links ?? null, (one) =>
          one.tunnel === undefined ? one : { ...one, tunnel: { ...one.tunnel, local: sender(own) } },
        ),
        fdb: changed(fdb ?? null, (one) => ({ ...one, dst: six(Number(one.dst?.at(-1))) })),
        addresses: section('addresses', [
          ...(addresses?.value ?? []).map((one) => ({
            ...one,
            addresses: [
              ...one.addresses,
              ...(holders[label] ?? [own]).map((each) => ({
                ...GLOBAL,
                address: six(each),
                family: 6 as const,
              })),
            ],
          })),
          {
            ...{ ifindex: 9, name: 'over' },
            addresses: [{ ...GLOBAL, address: `192.168.${String(own)}.0`, family: 4 as const }],
          },
        ]),
      };
    });
    const readings = new Map(
      [...facts.readings].map(([label, reading]) => [
        label,
        isPasted ? { ...reading, hostKeyFingerprint: PASTED } : reading,
      ]),
    );
    return toldAbout(diagnose({ ...facts, readings })).filter((one) => one.startsWith('vxlan-'));
  };

  it('of what was pasted only where addresses of that family were shown', () => {
    expect(at({ c: [] }, six, true)).not.toContainEqual(expect.stringMatching(/^vxlan-mismatch/));
    expect(at({ c: [9] }, six, true)).toEqual(['vxlan-mismatch c (vxlan-fdb-missing, vxlan-fdb-missing)']);
  });

  it('is told once, at the node that has lost it', () => {
    expect(at({})).toEqual([]);
    expect(at({ c: [] })).toEqual(['vxlan-mismatch c (vxlan-fdb-missing, vxlan-fdb-missing)']);
  });

  it('that has moved to another node, or is not what the device sends from, is another matter', () => {
    expect(at({ c: [9], b: [2, 3] }).join()).not.toContain('vxlan-mismatch');
    expect(at({ c: [9] }, (own) => six(own === 3 ? 9 : own)).join()).not.toContain('vxlan-mismatch');
  });
});

it('a tunnel address that two nodes have is not why one of them sends from an address that nobody has', () => {
  const moved = replaced(['vxlan id 77 local 10.0.0.1', 'vxlan id 77 local 10.0.0.61']);
  const shared = replaced([
    /( +)inet 10.244.2.0\/32 scope global vx0\n/,
    '$&$1inet 10.244.1.0/32 scope global vx0\n',
  ]);
  const all = told({ A: moved, B: shared }).map(([id, node]) => `${String(id)} ${String(node)}`);
  expect(all).toEqual(expect.arrayContaining(['vxlan-mismatch node-A']));
  expect(all.filter((one) => one.startsWith('node-identity-clash'))).toHaveLength(1);
});

it('a forwarding entry with a port or a number of its own, which the other end does not hear, is told as that entry', () => {
  for (const [own, word] of [
    ['port 4999', 'sends to port 4999'],
    ['vni 78', '(VNI) 78'],
  ] as const) {
    const all = findings({ A: replaced([/(dev vx0 dst 10\.0\.0\.2)/, `$1 ${own}`]) });
    expect(all.map(({ id, where }) => [id, where.node])).toEqual([['vxlan-fdb-missing', 'node-A']]);
    expect(all[0]?.because).toContain(word);
  }
});

it('an entry of that kind for another node is not why packets to this one are not heard', () => {
  const entry = '02:00:00:00:0e:77 dev vx0 dst 10.0.0.3 port 4999 self permanent';
  const A = replaced([/(\n)(\S+ dev vx0 dst 10\.0\.0\.2 )/, `$1${entry}\n$2`]);
  expect(told({ A, B: number }, [THIRD]).map(([id, node]) => [id, node])).toEqual([
    ['vxlan-mismatch', 'node-B'],
  ]);
});

it('a device that is there and down is link-down', () => {
  const down = replaced(
    [
      '3: vx0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN',
      '3: vx0: <BROADCAST,MULTICAST> mtu 1450 qdisc noqueue state DOWN',
    ],
    [/10.244.2.0\/24 via.*\n/, ''],
    [/local 10.244.1.0 dev vx0.*\n/, ''],
    [/10.244.2.0 dev vx0 lladdr.*\n/, ''],
  );
  expect(told({ A: down }).map(([id, node]) => [id, node])).toEqual([['link-down', 'node-A']]);
});
