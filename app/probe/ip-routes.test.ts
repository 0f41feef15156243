import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRoutesJson, parseRoutesText } from './ip-routes.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe('ip route', () => {
  it.each([4, 6] as const)('reads the same IPv%i routes from JSON and from text', (family) => {
    const json = parseRoutesJson(fixture(`ip-j-route-${family}.txt`), family);
    expect(json.ok && json.value.length).toBeGreaterThan(8);
    expect(parseRoutesText(fixture(`ip-route-${family}.txt`), family)).toEqual(json.ok && json.value);
  });

  it('knows what iproute2 leaves out', () => {
    const routes = parseRoutesJson(fixture('ip-j-route-4.txt'), 4);
    const find = (dst: string) => (routes.ok ? routes.value.find((route) => route.dst === dst) : undefined);
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

  it('does not know who made a route that BusyBox prints', () => {
    const routes = parseRoutesText(
      '10.1.0.0/24 dev br0 scope link  src 10.1.0.1 \n10.9.0.0/24 via 10.1.0.2 dev br0 \nlocal 10.1.0.1 dev br0 table local scope host  src 10.1.0.1 \n',
      4,
    );
    expect(routes.map(({ dst, proto }) => [dst, proto])).toEqual([
      ['10.1.0.0/24', 'unknown'],
      ['10.9.0.0/24', 'unknown'],
      ['10.1.0.1/32', 'unknown'],
    ]);
  });

  it('writes the IPv6 default as a prefix', () => {
    const routes = parseRoutesJson(fixture('ip-j-route-6.txt'), 6);
    expect(routes.ok && routes.value.find(({ dst }) => dst === '::/0')).toMatchObject({
      via: 'fe80::3',
      metric: 1024,
      family: 6,
    });
  });
});
