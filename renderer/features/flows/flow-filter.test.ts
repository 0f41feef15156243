import { expect, it } from 'vitest';
import { parseDisplayFilter } from '../../../app/packet/filter/display-filter.ts';
import { flowFilter } from './flow-filter.ts';

const end = (address: string, port: number | null): { address: string; port: number | null; name: null } => ({
  ...{ address, port, name: null },
});
const flow = {
  isTranslated: false,
  isCarried: false,
  mayQuote: false,
  id: 1,
  counts: {} as never,
  bytes: 0,
  hops: [],
  first: 0,
  last: 0,
  health: [],
};

it.each([
  [
    'TCP',
    end('192.168.1.2', 40_000),
    end('192.168.2.3', 8080),
    'ip.addr == 192.168.1.2 && ip.addr == 192.168.2.3 && tcp.port == 40000 && tcp.port == 8080',
  ],
  [
    'ICMPv6',
    end('fd00::2', null),
    end('fd00::3', null),
    'ipv6.addr == fd00::2 && ipv6.addr == fd00::3 && icmpv6',
  ],
  ['IP 89', end('10.0.0.1', null), end('224.0.0.5', null), 'ip.addr == 10.0.0.1 && ip.addr == 224.0.0.5'],
])('a flow of %s has a display filter that parses', (protocol, source, destination, filter) => {
  expect(flowFilter({ ...flow, protocol, source, destination })).toBe(filter);
  expect(parseDisplayFilter(filter).ok).toBe(true);
  expect(parseDisplayFilter('frame.number in {1, 20, 300}').ok).toBe(true);
});
