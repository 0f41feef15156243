import { describe, expect, it } from 'vitest';
import { parseDisplayFilter } from '../../../app/packet/filter/display-filter.ts';
import type { PacketRow } from '../../../app/contract/watch.ts';
import { combined, rowFilters } from './row-filters.ts';

const row: PacketRow = {
  number: 1,
  at: { s: 0, ns: 0 },
  vantagePoint: 1,
  direction: 'in',
  source: { address: '192.168.1.2', port: 44_728, name: 'c2c-network-demo' },
  destination: { address: '192.168.2.3', port: 8080, name: null },
  transport: 'tcp',
  protocol: 'HTTP',
  length: 74,
  captured: 74,
  summary: 'GET / HTTP/1.1',
  tunnel: null,
  tone: 'plain',
};
const filters = (change: Partial<PacketRow>) =>
  Object.fromEntries(rowFilters({ ...row, ...change }).map(({ what, filter }) => [what, filter]));

describe('a row’s filters', () => {
  it('are of its ends, ports, conversation and protocol', () => {
    expect(filters({})).toEqual({
      source: 'ip.src == 192.168.1.2',
      destination: 'ip.dst == 192.168.2.3',
      sourcePort: 'tcp.port == 44728',
      destinationPort: 'tcp.port == 8080',
      conversation:
        'ip.addr == 192.168.1.2 && ip.addr == 192.168.2.3 && tcp.port == 44728 && tcp.port == 8080',
      protocol: 'http',
    });
  });

  it('take an IPv4 address within an IPv6 one for what it is', () => {
    const end = (address: string) => ({ address, port: null, name: null });
    const told = filters({ source: end('::ffff:10.0.0.1'), transport: null });
    expect(told['source']).toBe('ipv6.src == ::ffff:10.0.0.1');
    expect(parseDisplayFilter(told['source'] ?? '').ok).toBe(true);
  });

  it('know IPv6, MAC addresses, ARP, and packets without ports or ends', () => {
    const end = (address: string) => ({ address, port: null, name: null });
    expect(filters({ source: end('fd00::1'), transport: null, protocol: 'ICMPv6' })).toMatchObject({
      source: 'ipv6.src == fd00::1',
      protocol: 'icmpv6',
    });
    expect(filters({ source: end('ee:ee:ee:ee:ee:ee'), transport: null })).toMatchObject({
      source: 'eth.src == ee:ee:ee:ee:ee:ee',
    });
    expect(filters({ transport: null, protocol: 'ARP' })).toMatchObject({
      source: 'arp.src.proto_ipv4 == 192.168.1.2',
    });
    expect(filters({ source: end(''), destination: end(''), transport: null, protocol: '?' })).toEqual({});
  });

  it('grow by a condition without changing what the rest says', () => {
    expect(combined('', 'tcp', 'and')).toBe('tcp');
    expect(combined('udp', 'tcp', 'only')).toBe('tcp');
    expect(combined('', 'ip.src == 1.2.3.4', 'not')).toBe('!(ip.src == 1.2.3.4)');
    expect(combined('a || b', 'c', 'and')).toBe('(a || b) && c');
    expect(combined('a && b', 'c == 1', 'or')).toBe('(a && b) || c == 1');
    expect(combined('a', 'b && c', 'and-not')).toBe('a && !(b && c)');
  });

  it('are all understood', () => {
    for (const protocol of ['TCP', 'UDP']) {
      for (const { filter } of rowFilters({ ...row, protocol }))
        for (const how of ['only', 'not', 'and', 'and-not', 'or'] as const)
          expect(parseDisplayFilter(combined('ip.ttl > 3 || frame.len < 60', filter, how))).toMatchObject({
            ok: true,
          });
    }
  });
});
