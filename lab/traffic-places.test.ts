import { describe, expect, it } from 'vitest';
import { DEFAULT_SHAPE, planLab } from './plan.ts';
import { DEFAULT_ORDER, whatIsWrong } from './traffic-order.ts';
import { findDestination, findPlace, type TrafficProtocol } from './traffic-places.ts';

const planned = planLab('test', { ...DEFAULT_SHAPE, ipv6: true });
if (!planned.ok) throw new Error(planned.failure.sentence);
const plan = { ...planned.value, trafficServices: true } as const;

function destination(to: string, protocol: TrafficProtocol = 'udp', ipv6 = false): string {
  const from = findPlace(plan, 'c2c-network-demo');
  if (!from.ok) throw new Error(from.failure.sentence);
  const found = findDestination(plan, from.value, to, protocol, ipv6);
  if (!found.ok) return found.failure.sentence;
  const { address, port, hearers } = found.value;
  const heard = hearers.map((one) => `${one.pod?.name ?? one.node.name}:${String(one.port)}`);
  return `${address} ${String(port)} ${heard.join(' ')}`.trim();
}

describe('where traffic goes, and who hears it', () => {
  it.each([
    ['web-2', '192.168.2.2 7000 web-2:7000'],
    ['web-2:99', '192.168.2.2 99 web-2:99'],
    ['192.168.2.2:99', '192.168.2.2 99 web-2:99'],
    ['[fd00:192:168:2::2]:99', 'fd00:192:168:2::2 99 web-2:99'],
    ['fd00:192:168:2::2', 'fd00:192:168:2::2 7000 web-2:7000'],
    ['k8s-worker-2', '10.12.22.152 7000 k8s-worker-2:7000'],
    ['k8s-worker-2:30701', '10.12.22.152 30701 web-1:7000 web-2:7000'],
    ['traffic-udp', '10.96.7.9 7000 web-1:7000 web-2:7000'],
    // A port that nobody serves there: the address alone is no Service.
    ['traffic-udp:7001', '10.96.7.9 7001'],
    // By lo: who sends hears it.
    ['localhost', '127.0.0.1 7000 c2c-network-demo:7000'],
    ['[::1]:99', '::1 99 c2c-network-demo:99'],
    ['198.51.100.7', '198.51.100.7 7000'],
    ['nosuch', 'There is no Pod, node or Service "nosuch" in lab "test"; lab status lists them.'],
    ['web-2:70000', '70000 is not a port.'],
  ])('%s', (to, said) => {
    expect(destination(to)).toBe(said);
  });

  it('asks of which protocol and family it is', () => {
    expect(destination('web', 'tcp')).toBe('10.96.7.7 80 web-1:8080 web-2:8080');
    expect(destination('k8s-worker-2:30080', 'udp')).toBe('10.12.22.152 30080 k8s-worker-2:30080');
    expect(destination('traffic-dns', 'dns')).toBe('10.96.7.10 53 web-1:53 web-2:53');
    expect(destination('web-2', 'icmp')).toBe('192.168.2.2 0');
    expect(destination('web-2', 'udp', true)).toBe('fd00:192:168:2::2 7000 web-2:7000');
  });
});

it('refuses traffic without bounds, and tags that do not fit', () => {
  const order = { ...DEFAULT_ORDER, from: 'a', to: 'b' };
  expect(whatIsWrong(order)).toBeNull();
  expect(whatIsWrong({ ...order, count: 1e9 })).toBe('count is 1000000000: it may be 1 to 10000000.');
  expect(whatIsWrong({ ...order, seconds: Number.NaN })).toContain('seconds is NaN');
  expect(whatIsWrong({ ...order, sizes: [15] })).toBe('A payload has 16 to 65000 bytes.');
  expect(whatIsWrong({ ...order, sizes: [1], plain: true })).toBeNull();
  expect(whatIsWrong({ ...order, protocol: 'tcp', sizes: [100, 200] })).toContain('one size');
});
