import { beforeEach, expect, it } from 'vitest';
import { shareFilter, sharedFilter, takeWanted, useWantedPackets, wantPackets } from './wanted-packets.ts';

const shared = (): string => sharedFilter(useWantedPackets.getState(), 1);

beforeEach(() => {
  wantPackets(0, '');
  shareFilter(0, '');
});

it('flows are filtered as the packets are wanted or are, those of this run', () => {
  wantPackets(1, 'udp');
  expect([shared(), takeWanted(1), shared()]).toEqual(['udp', 'udp', '']);
  shareFilter(1, 'udp');
  expect(shared()).toBe('udp');
  shareFilter(2, 'udp');
  expect(shared()).toBe('');
});

it('the flow that was clicked among the flows does not take the others away', () => {
  wantPackets(1, 'tcp.port == 80', { byFlows: true });
  expect(shared()).toBe('');
  takeWanted(1);
  shareFilter(1, 'tcp.port == 80');
  expect(shared()).toBe('');
  shareFilter(1, 'tcp');
  expect(shared()).toBe('tcp');
  wantPackets(1, 'tcp.port == 80');
  expect(shared()).toBe('tcp.port == 80');
});
