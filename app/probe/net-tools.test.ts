// The real tools in a namespace made here, beside what iproute2 says of the same. Needs root.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { discoveryScript } from './discovery-script.ts';
import { parseDiscovery } from './discovery.ts';
import { parseIfconfig } from './ifconfig.ts';
import { parseAddressesJson } from './ip-addresses.ts';
import { parseLinksJson } from './ip-links.ts';
import { parseArp, parseRouteTable } from './net-tools.ts';
import { addNamespace, ownPrefix } from './testing/real-namespace.ts';

const name = ownPrefix('net-tools');
const ip = (...words: string[]): string => execFileSync('ip', ['-n', name, ...words], { encoding: 'utf8' });
const inside = (...words: string[]): string =>
  execFileSync('ip', ['netns', 'exec', name, ...words], { encoding: 'utf8' });

beforeAll(() => {
  addNamespace(name);
  ip('link', 'add', 'ens192', 'type', 'veth', 'peer', 'name', 'cali0');
  for (const device of ['lo', 'ens192', 'cali0']) ip('link', 'set', device, 'up');
  ip('addr', 'add', '10.12.22.151/16', 'dev', 'ens192');
  ip('addr', 'add', 'fd00::1/64', 'dev', 'ens192', 'nodad');
  ip('route', 'add', 'default', 'via', '10.12.0.1');
  ip('route', 'add', '192.168.1.2/32', 'dev', 'cali0');
  ip('route', 'add', '192.168.2.0/24', 'via', '10.12.22.152', 'metric', '32');
  for (const [at, type] of ['blackhole', 'throw', 'unreachable', 'prohibit'].entries())
    ip('route', 'add', type, `192.168.${at + 10}.0/24`);
  ip('neigh', 'add', '10.12.0.1', 'lladdr', '00:50:56:00:00:01', 'dev', 'ens192');
  ip('neigh', 'add', '10.12.0.9', 'lladdr', '00:50:56:00:00:0a', 'dev', 'ens192', 'nud', 'stale');
});
afterAll(() => {
  execFileSync('ip', ['netns', 'del', name]);
});

describe('what machines without iproute2 print', () => {
  it.each([
    ['route', '-n'],
    ['busybox', 'route', '-n'],
    ['netstat', '-rn'],
  ])('routes of %s %s %s', (...words) => {
    const routes = parseRouteTable(inside(...words));
    const said = routes.map(({ dst, type, via, dev, flags }) => [dst, type, via, dev, ...flags].join(' '));
    expect(said).toEqual([
      '0.0.0.0/0 unicast 10.12.0.1 ens192',
      '10.12.0.0/16 unicast  ens192',
      '192.168.1.2/32 unicast  cali0',
      '192.168.2.0/24 unicast 10.12.22.152 ens192',
      '192.168.10.0/24 blackhole   maybe-throw',
      '192.168.11.0/24 blackhole   maybe-throw',
      '192.168.12.0/24 unreachable   maybe-prohibit',
      '192.168.13.0/24 unreachable   maybe-prohibit',
    ]);
    expect(routes[3]?.metric).toBe(words[0] === 'netstat' ? 0 : 32);
  });

  it.each([
    ['arp', '-an'],
    ['arp', '-n'],
    ['busybox', 'arp', '-an'],
  ])('neighbours of %s %s', (...words) => {
    const found = parseArp(inside(...words)).sort((a, b) => a.dst.localeCompare(b.dst));
    expect(found).toEqual([
      { dst: '10.12.0.1', dev: 'ens192', mac: '00:50:56:00:00:01', state: 'PERMANENT' },
      { dst: '10.12.0.9', dev: 'ens192', mac: '00:50:56:00:00:0a', state: '' },
    ]);
  });

  it.each([
    ['ifconfig', '-a'],
    ['busybox', 'ifconfig', '-a'],
  ])('devices of %s %s', (...words) => {
    const sysfs = inside('sh', '-c', 'grep . /sys/class/net/*/ifindex /sys/class/net/*/iflink');
    const { links, addresses } = parseIfconfig(`${inside(...words)}\n${sysfs}`);
    const json = ip('-j', '-d', 'addr', 'show');
    const real = parseLinksJson(json);
    const realAddresses = parseAddressesJson(json);
    if (!real.ok || !realAddresses.ok) throw new Error('ip prints no JSON');
    const traits = (all: typeof links) =>
      [...all]
        .map(({ ifindex, name: device, mac, mtu, adminUp, carrier, peerIfindex }) => [
          ifindex,
          device,
          mac,
          mtu,
          adminUp,
          carrier,
          peerIfindex,
        ])
        .sort((a, b) => Number(a[0]) - Number(b[0]));
    expect(traits(links)).toEqual(traits(real.value));
    const sorted = (all: typeof addresses) =>
      [...all]
        .map((one) => ({
          ...one,
          addresses: [...one.addresses].sort((a, b) => a.address.localeCompare(b.address)),
        }))
        .sort((a, b) => a.ifindex - b.ifindex);
    expect(sorted(addresses)).toEqual(sorted(realAddresses.value));
  });

  it('devices that nobody numbers are told apart', () => {
    const { links } = parseIfconfig(inside('ifconfig', '-a'));
    expect(new Set(links.map(({ ifindex }) => ifindex)).size).toBe(3);
    expect(links.every(({ ifindex }) => ifindex < 0)).toBe(true);
  });

  it('a live reading falls back to them', () => {
    const nonce = 'abcdefghijklmnop';
    const script = discoveryScript({ nonce, parts: ['links', 'routes'] }).replace(
      /\bip \$j|has ip\b/g,
      (found) => found.replace('ip', 'no-such-ip'),
    );
    const output = execFileSync('ip', ['netns', 'exec', name, 'sh', '-s'], { input: script });
    const parsed = parseDiscovery(output, { nonce, nodeLabel: 'n', seenAt: 0 });
    if (!parsed.ok) throw new Error(parsed.failure.sentence);
    const { links, addresses, routes4, neighbours, rules4 } = parsed.value;
    expect(links?.value?.map(({ name: device }) => device).sort()).toEqual(['cali0', 'ens192', 'lo']);
    expect(addresses?.value?.flatMap((one) => one.addresses.map(({ address }) => address))).toContain(
      '10.12.22.151',
    );
    expect(routes4?.value).toHaveLength(8);
    expect(neighbours?.value).toHaveLength(2);
    expect(rules4?.state).toBe('missing-tool');
  });
});

describe('parsers of net-tools', () => {
  it('take any text', () => {
    const words = fc.constantFrom(
      '0.0.0.0',
      '255.255.0.0',
      'UG',
      '*',
      '-',
      'eth0',
      'at',
      'on',
      'Link encap:',
      '\n',
      ' ',
      '?',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(text, (one) => {
        for (const route of parseRouteTable(one)) expect(route.dst).toMatch(/^\d+(\.\d+){3}\/\d+$/);
        parseArp(one);
        parseIfconfig(one);
      }),
      { numRuns: runs(300) },
    );
  });
});
