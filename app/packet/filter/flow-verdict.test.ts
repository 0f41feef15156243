import { expect, it } from 'vitest';
import { parseDisplayFilter } from './display-filter.ts';
import type { FilteredFlow } from './flow-verdict.ts';

const end = (address: string, port: number | null): FilteredFlow['source'] => ({ address, port });
const http: FilteredFlow = {
  ...{
    isTranslated: false,
    isCarried: false,
    mayQuote: false,
    protocol: 'TCP',
    source: end('192.168.1.2', 40_000),
    destination: end('192.168.2.3', 8080),
  },
};
const ping: FilteredFlow = {
  ...{
    isTranslated: false,
    isCarried: false,
    mayQuote: false,
    protocol: 'ICMPv6',
    source: end('fd00::2', null),
    destination: end('fd00::3', null),
  },
};

it.each([
  ['', 'all', 'all'],
  ['ip.addr == 192.168.2.3', 'all', 'none'],
  ['ip.src == 192.168.2.0/24', 'none', 'none'],
  ['ip.dst == 192.168.2.0/24 && tcp.port == 8080', 'all', 'none'],
  ['tcp.port == 53', 'none', 'none'],
  ['udp', 'none', 'none'],
  ['tcp || icmpv6', 'all', 'all'],
  ['!(ipv6.addr == fd00::3)', 'all', 'none'],
  // Some packet of it may.
  ['tcp.flags.syn == 1', 'some', 'some'],
  ['tcp.flags.syn == 1 && tcp.port == 8080', 'some', 'none'],
  ['frame.number in {1, 2}', 'some', 'some'],
  ['http.request.method == "GET" || tcp.dstport in {8000 .. 9000}', 'all', 'some'],
  ['count(tcp.port) == 2', 'all', 'none'],
  // Its bytes nobody knows.
  ['tcp contains "GET"', 'some', 'none'],
  ['tcp[13] & 2', 'some', 'none'],
  ['len(tcp) > 20', 'some', 'none'],
])('%j: %s of HTTP, %s of a ping', (text, ofHttp, ofPing) => {
  const parsed = parseDisplayFilter(text);
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  expect([parsed.value.ofFlow(http), parsed.value.ofFlow(ping)]).toEqual([ofHttp, ofPing]);
});

it.each([
  // Behind the translation it may have that address.
  ['ip.addr == 10.96.0.1', 'some'],
  ['tcp.port == 53 && ip.src == 192.168.1.2', 'some'],
  ['udp', 'none'],
  ['tcp', 'all'],
])('%j: %s of what is translated on the way', (text, of) => {
  const parsed = parseDisplayFilter(text);
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  expect(parsed.value.ofFlow({ ...http, isTranslated: true })).toBe(of);
});

it.each([
  // What carries it has addresses and ports of its own.
  ['ip.addr == 10.12.22.151', 'some'],
  ['ip.addr == 192.168.1.2', 'all'],
  ['ip.src == 10.12.22.0/24 && ip.src == 192.168.1.2', 'some'],
  ['udp.port == 4789', 'some'],
  ['udp', 'some'],
  ['!udp', 'some'],
  ['ipv6', 'some'],
  ['ip.addr != 192.168.1.2', 'none'],
  ['ip.addr != 10.12.22.151', 'some'],
  ['udp.port != 53', 'some'],
  ['ip.src in {10.12.22.151, 192.168.1.2}', 'all'],
  ['count(ip.src) == 1', 'some'],
  ['tcp.port == 53', 'none'],
  ['sctp || icmp', 'none'],
])('%j: %s of what is in a tunnel on the way', (text, of) => {
  const parsed = parseDisplayFilter(text);
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  expect(parsed.value.ofFlow({ ...http, isCarried: true })).toBe(of);
});

it.each([
  ['tcp.dstport == 8080', 'some'],
  ['udp', 'some'],
  ['ip.addr == 192.168.2.3', 'some'],
  ['ip.src == 10.12.22.152', 'all'],
  ['icmp', 'all'],
  ['!icmp', 'none'],
])('%j: %s of errors that quote packets', (text, of) => {
  const parsed = parseDisplayFilter(text);
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  const [source, destination] = [end('10.12.22.152', null), end('192.168.1.2', null)];
  expect(parsed.value.ofFlow({ ...http, protocol: 'ICMP', source, destination, mayQuote: true })).toBe(of);
});

it.each([
  ['udp', 'some'],
  ['!udp', 'some'],
  ['udp.port == 53', 'some'],
  ['!(udp.port == 53)', 'some'],
  ['tcp', 'none'],
  ['ip.addr == 192.168.2.3', 'all'],
])('%j: %s of fragments beyond the first, which have no ports', (text, of) => {
  const parsed = parseDisplayFilter(text);
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  const [source, destination] = [end('192.168.1.2', 0), end('192.168.2.3', 0)];
  expect(parsed.value.ofFlow({ ...http, protocol: 'UDP', source, destination })).toBe(of);
});
