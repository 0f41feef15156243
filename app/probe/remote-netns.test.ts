import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv6FromHex } from './ip-text.ts';
import { parseRemoteNetns } from './remote-netns.ts';

const files = (pid: number, contents: Record<string, string>): string =>
  Object.entries(contents)
    .map(([name, text]) => `==> ${pid}/net/${name} <==\n${text}\n`)
    .join('');

const dev = (...names: string[]): string =>
  `Inter-|   Receive  |  Transmit\n face |bytes    packets|bytes\n${names.map((name) => `  ${name}:      90       1    0\n`).join('')}`;
const trie = (...leaves: [string, string][]): string =>
  `Main:\n  +-- 0.0.0.0/0 3 0 4\n${leaves.map(([address, alias]) => `     |-- ${address}\n        ${alias}\n`).join('')}`;

describe('another namespace, from /proc', () => {
  it('ties addresses to devices by their connected routes when there are several devices', () => {
    const [netns] = parseRemoteNetns(
      files(7, {
        dev: dev('lo', 'eth0', 'net1'),
        dev_mcast:
          '2    eth0            1     0     333300000001\n9    net1            1     0     333300000001\n',
        route:
          'Iface\tDestination\tGateway \nnet1\t0000140A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\neth0\t00000000\t0101FEA9\t0003\t0\t0\t0\t00000000\t0\t0\t0\n',
        fib_trie: trie(
          ['10.20.0.0', '/16 link UNICAST'],
          ['10.20.3.4', '/32 host LOCAL'],
          ['192.168.1.2', '/32 host LOCAL'],
          ['127.0.0.1', '/32 host LOCAL'],
        ),
      }),
      '',
    );
    expect(netns?.addresses).toEqual(['10.20.3.4', '192.168.1.2']);
    const net1 = netns?.links.find(({ name }) => name === 'net1');
    expect(net1).toMatchObject({ ifindex: 9, addresses: [{ address: '10.20.3.4', prefixLength: 16 }] });
    // Nothing ties the /32 to eth0: better no device than a guessed one.
    expect(netns?.links.find(({ name }) => name === 'eth0')?.addresses).toEqual([]);
  });

  const sys = (pid: number, device: number, ifindex: number, iflink: number): string =>
    `sys ${device} ${pid}\n==> ${pid}/root/sys/class/net/eth0/ifindex <==\n${ifindex}\n\n==> ${pid}/root/sys/class/net/eth0/iflink <==\n${iflink}\n`;
  const igmp =
    'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n3\teth0      :     1      V3\n\t\t\t\t010000E0     1 0:00000000\t\t0\n';

  it('believes a sysfs that agrees', () => {
    const [netns] = parseRemoteNetns(files(7, { dev: dev('eth0'), igmp }), sys(7, 80, 3, 4));
    expect(netns?.links).toMatchObject([{ name: 'eth0', ifindex: 3, peerIfindex: 4 }]);
  });

  it('does not believe a sysfs of some other namespace', () => {
    const [contradicted] = parseRemoteNetns(files(7, { dev: dev('eth0'), igmp }), sys(7, 80, 5, 4));
    expect(contradicted?.links).toMatchObject([{ name: 'eth0', ifindex: 3, peerIfindex: null }]);
    const shared = parseRemoteNetns(
      files(7, { dev: dev('eth0'), igmp }) + files(8, { dev: dev('eth0'), igmp }),
      sys(7, 80, 3, 4) + sys(8, 80, 3, 6),
    );
    expect(shared.map(({ links }) => links[0]?.peerIfindex)).toEqual([null, null]);
  });

  it('never throws', () => {
    const text = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '\n',
            '==> 7/net/dev <==\n',
            '==> 7/net/fib_trie <==\n',
            ' |-- ',
            '/32 host LOCAL',
            'eth0:',
            ' 1',
            'sys 1 7\n',
          ),
          fc.string(),
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(fc.property(text, text, (net, sysfs) => Array.isArray(parseRemoteNetns(net, sysfs))));
  });
});

describe('IPv6 addresses of /proc/net/if_inet6', () => {
  it('are written as RFC 5952 says', () => {
    expect(ipv6FromHex('00000000000000000000000000000001')).toBe('::1');
    expect(ipv6FromHex('fe8000000000000088ef08fffea2b13a')).toBe('fe80::88ef:8ff:fea2:b13a');
    expect(ipv6FromHex('20010db8000000010000000000000000')).toBe('2001:db8:0:1::');
    expect(ipv6FromHex('20010db8000000010002000300040005')).toBe('2001:db8:0:1:2:3:4:5');
    expect(ipv6FromHex('00000000000000000000000000000000')).toBe('::');
  });
});
