// Fixtures: `…-every` and `busybox-…` are what iproute2 6.1.0 and BusyBox 1.35 printed in a namespace with a route of
// each kind (Debian 12, kernel 6.18); the others came from a node of the lab.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import type { Route } from './facts.ts';
import { parseRoutesText } from './ip-routes-text.ts';
import { parseRoutesJson } from './ip-routes.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

function routesOf(name: string, family: 4 | 6): readonly Route[] {
  const json = parseRoutesJson(fixture(name), family);
  if (!json.ok) throw new Error(json.failure);
  expect(json.value.unread).toEqual([]);
  return json.value.entries;
}

describe('ip route', () => {
  it.each([
    [4, ''],
    [6, ''],
    [4, '-every'],
    [6, '-every'],
  ] as const)('reads the same IPv%i routes from JSON and from text%s', (family, variant) => {
    const text = parseRoutesText(fixture(`ip-route-${family}${variant}.txt`), family);
    expect(text.unread).toEqual([]);
    expect(text.entries.length).toBeGreaterThan(8);
    expect(routesOf(`ip-j-route-${family}${variant}.txt`, family)).toEqual(text.entries);
  });

  it('knows what few routes have', () => {
    const find4 = (dst: string) => routesOf('ip-j-route-4-every.txt', 4).find((route) => route.dst === dst);
    expect(find4('10.20.0.0/16')).toMatchObject({ nexthopId: 10, nexthops: [{ weight: 3 }, { weight: 2 }] });
    expect(find4('10.23.0.0/16')).toMatchObject({ tos: 0x10, metric: 77 });
    expect(find4('10.24.0.0/16')?.nexthops).toMatchObject([
      { flags: ['linkdown'] },
      { via: 'fe80::7', flags: ['onlink'] },
    ]);
    expect(find4('10.25.0.0/16')).toMatchObject({ mtu: 1400 });
    const find6 = (dst: string) => routesOf('ip-j-route-6-every.txt', 6).find((route) => route.dst === dst);
    expect(find6('fd01::/16')).toMatchObject({ preference: 'high' });
    expect(find6('fd03::/16')).toMatchObject({ from: 'fd00:7::/64' });
    expect(find6('fd05::/16')).toMatchObject({ preference: 'low' });
  });

  it('knows what iproute2 leaves out', () => {
    const find = (dst: string) => routesOf('ip-j-route-4.txt', 4).find((route) => route.dst === dst);
    expect(find('0.0.0.0/0')).toMatchObject({
      type: 'unicast',
      via: '10.77.0.2',
      dev: 'ens192',
      proto: 'boot',
      table: 'main',
      scope: 'global',
      metric: 0,
    });
    expect(find('192.168.1.2/32')).toMatchObject({ dev: 'cali00000000001', via: null, scope: 'link' });
    expect(find('192.168.1.0/24')).toMatchObject({ type: 'blackhole', proto: '80', dev: null });
    expect(find('10.56.0.0/16')).toMatchObject({ type: 'throw', table: '100' });
    expect(find('10.58.0.0/16')).toMatchObject({ via: 'fe80::1', dev: 'ens192' });
    expect(find('10.77.0.1/32')).toMatchObject({ type: 'local', table: 'local', proto: 'kernel' });
    expect(find('10.98.0.0/16')?.nexthops).toEqual([
      { via: '10.77.0.2', dev: 'ens192', weight: 2 },
      { via: '10.77.0.3', dev: 'ens192', weight: 1 },
    ]);
  });

  it('a route that encapsulates keeps its own prefix and TOS, in JSON and in text', () => {
    // As iproute2 6.1 prints them: JSON with `dst` twice.
    const json = `[{"dst":"10.7.0.0/16","flags":[],"nexthops":[{"encap":"ip","id":1,"src":"0.0.0.0","dst":"1.1.1.1","ttl":0,"tos":0,"gateway":"10.1.0.9","dev":"d0","weight":1,"flags":[]},{"gateway":"10.1.0.8","dev":"d0","weight":1,"flags":[]}]},{"dst":"10.9.0.0/16","encap":"ip","id":5,"src":"10.1.0.1","dst":"1.2.3.4","ttl":0,"tos":0,"gateway":"10.1.0.9","dev":"d0","table":"10","flags":[]},{"dst":"10.8.0.0/16","encap":"mpls","dst":"100/200","tos":"0x10","gateway":"10.1.0.9","dev":"d0","flags":[]}]`;
    const text = `10.7.0.0/16 \n\tnexthop  encap ip id 1 src 0.0.0.0 dst 1.1.1.1 ttl 0 tos 0 via 10.1.0.9 dev d0 weight 1 \n\tnexthop via 10.1.0.8 dev d0 weight 1 \n10.9.0.0/16  encap ip id 5 src 10.1.0.1 dst 1.2.3.4 ttl 0 tos 0 via 10.1.0.9 dev d0 table 10 \n`;
    const read = parseRoutesJson(json, 4);
    if (!read.ok) throw new Error(read.failure);
    const told = parseRoutesText(text, 4);
    expect([read.value.unread, told.unread]).toEqual([[], []]);
    const essence = ({ dst, encap, table, nexthops }: Route) => ({ dst, encap, table, nexthops });
    expect(read.value.entries.slice(0, 2).map(essence)).toEqual(told.entries.map(essence));
    expect(read.value.entries).toMatchObject([
      { dst: '10.7.0.0/16', nexthops: [{ via: '10.1.0.9' }, { via: '10.1.0.8' }] },
      { dst: '10.9.0.0/16', table: '10', encap: 'ip id 5 src 10.1.0.1 dst 1.2.3.4 ttl 0 tos 0' },
      { dst: '10.8.0.0/16', tos: 0x10, encap: 'mpls dst 100/200' },
    ]);
    const six = parseRoutesJson(
      '[{"dst":"2001:db8::/64","encap":"seg6","mode":"encap","segs":["fc00::1","fc00::2"],"dev":"d0","metric":1024,"flags":[]}]',
      6,
    );
    expect(six.ok && six.value).toMatchObject({
      unread: [],
      entries: [{ dst: '2001:db8::/64', encap: 'seg6 mode encap segs fc00::1 fc00::2' }],
    });
  });

  it('does not know who made a route that BusyBox prints', () => {
    const routes = parseRoutesText(
      '10.1.0.0/24 dev br0 scope link  src 10.1.0.1 \n10.9.0.0/24 via 10.1.0.2 dev br0 \nlocal 10.1.0.1 dev br0 table local scope host  src 10.1.0.1 \n',
      4,
    );
    expect(routes.entries.map(({ dst, proto }) => [dst, proto])).toEqual([
      ['10.1.0.0/24', 'unknown'],
      ['10.9.0.0/24', 'unknown'],
      ['10.1.0.1/32', 'unknown'],
    ]);
  });

  it('reads what BusyBox prints of routes of each kind, next hops left out', () => {
    const { entries, unread } = parseRoutesText(fixture('busybox-ip-route.txt'), 4);
    expect(unread).toEqual([]);
    expect(entries).toContainEqual(expect.objectContaining({ dst: '10.20.0.0/16', nexthops: [], dev: null }));
    expect(entries).toContainEqual(expect.objectContaining({ dst: '10.22.0.0/16', type: 'blackhole' }));
  });

  it('writes the IPv6 default as a prefix', () => {
    expect(routesOf('ip-j-route-6.txt', 6).find(({ dst }) => dst === '::/0')).toMatchObject({
      via: 'fe80::3',
      metric: 1024,
      family: 6,
    });
  });

  it('keeps what is good beside what it does not understand, and says where that is', () => {
    const json = parseRoutesJson('[{"dst":"10.0.0.0/8","new":1},{},{"dst":"what"},7]', 4);
    expect(json.ok && json.value).toMatchObject({
      entries: [{ dst: '10.0.0.0/8' }],
      unread: [
        { where: 'entry 1', text: 'new (of 10.0.0.0/8)' },
        { where: 'entry 3' },
        { where: 'entry 4', text: '7' },
      ],
    });
    const text = parseRoutesText('10.0.0.0/8 dev a\nwhat?\n\tnexthop dev b\n10.1.0.0/16 dev c new', 4);
    expect(text.entries).toMatchObject([{ dst: '10.0.0.0/8', nexthops: [] }, { dst: '10.1.0.0/16' }]);
    expect(text.unread).toEqual([
      { where: 'line 2', text: 'what?' },
      { where: 'line 3', text: '\tnexthop dev b' },
      { where: 'line 4', text: 'new' },
    ]);
  });

  it('takes any text without throwing', () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...'default 10.0.0.0/8 nexthop via dev eth0 metric 5 proto 80 encap mpls mtu lock table local'.split(
          ' ',
        ),
      ),
      fc.string(),
    );
    const line = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const { entries, unread, unreadCount } = parseRoutesText(lines.join('\n'), 4);
        const said = lines
          .join('\n')
          .split('\n')
          .filter((each) => each.trim() !== '').length;
        expect(entries.length).toBeLessThanOrEqual(said);
        expect(unreadCount).toBeLessThanOrEqual(said);
        expect(unread.length).toBe(Math.min(20, unreadCount));
      }),
      { numRuns: runs(200) },
    );
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        parseRoutesJson(text, 6);
      }),
      { numRuns: runs(200) },
    );
  });
});
