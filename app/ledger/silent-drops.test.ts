import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CountersReading, DeviceCounters } from '../probe/counter-facts.ts';
import { counters } from '../diagnose/testing/case.ts';
import { runs } from '../testing/runs.ts';
import { deviceKey, noContext, type DropContext } from './drop-context.ts';
import { namespaceRises } from './namespace-rises.ts';
import { decideSilent, mostMulticast, noSilence } from './silent-drops.ts';
import type { DropEntry } from './drop-entry.ts';

const vanished = (packets: number): DropEntry[] =>
  packets === 0 ? [] : [{ reason: 'firewall-in', namespace: null, device: null, packets, proof: [] }];

const device = (name: string, rxPackets: number, extra: Partial<DeviceCounters> = {}): DeviceCounters => ({
  name,
  rxPackets,
  rxErrors: 0,
  rxDropped: 0,
  rxFifo: 0,
  rxFrame: 0,
  rxMulticast: 0,
  txPackets: 0,
  txErrors: 0,
  txDropped: 0,
  txFifo: 0,
  txCarrier: 0,
  ...extra,
});

const POD = { inode: 5, startTicks: 1 };

/** A node with these devices, and a Pod that has sent so many packets, so many of them multicast. */
function node(devices: readonly DeviceCounters[], sent = 0, multicast = 0, frames = sent): CountersReading {
  const inPod = {
    identity: POD,
    pid: 9,
    counters: new Map([
      ['IpOutTransmits', sent],
      ['IpExtOutMcastPkts', multicast],
    ]),
    devices: [device('eth0', 0, { txPackets: frames })],
  };
  const { value } = counters({}, {}, [inPod]);
  if (value === null) throw new Error('no counters');
  return { ...value, namespaces: value.namespaces.map((ns, at) => (at === 0 ? { ...ns, devices } : ns)) };
}

const veth: DropContext = {
  ...noContext,
  devices: new Map([
    [
      deviceKey(null, 'cali1'),
      { kind: 'veth', carrier: true, peer: { inode: POD.inode, name: 'eth0', up: true } },
    ],
    [deviceKey(null, 'br0'), { kind: 'bridge', carrier: true, peer: null }],
  ]),
};

const most = (before: CountersReading, after: CountersReading): number | undefined =>
  mostMulticast(namespaceRises(before, after), veth).get(null);

it('what may have been multicast is what a Pod sent of it, what left it otherwise, and what a NIC counts', () => {
  const cali = (packets: number) => device('cali1', packets);
  expect(most(node([cali(0)]), node([cali(100)], 100, 7))).toBe(7);
  // Five frames of a packet socket.
  expect(most(node([cali(0)]), node([cali(100)], 95, 7, 100))).toBe(12);
  const nic = (packets: number, rxMulticast: number) => device('nic0', packets, { rxMulticast });
  expect(most(node([nic(0, 3)]), node([nic(900, 5)]))).toBe(2);
  // A driver that has counted none tells nothing.
  expect(most(node([nic(0, 0)]), node([nic(900, 0)]))).toBe(900);
  expect(most(node([device('br0', 0), device('lo', 0)]), node([device('br0', 70), device('lo', 70)]))).toBe(
    0,
  );
});

it('a device that is new may have received nothing else, and one that went, anything', () => {
  expect(most(node([]), node([device('cali9', 4)]))).toBe(4);
  expect(most(node([device('cali9', 4)]), node([]))).toBe(Infinity);
  expect(most(node([device('nic0', 4)]), node([device('nic0', 3)]))).toBe(Infinity);
});

it('the first interval proves nothing, for nobody knows what was under way before it', () => {
  const first = decideSilent(noSilence, vanished(10), new Map([[null, 0]]));
  const second = decideSilent(first.silence, vanished(10), new Map([[null, 0]]));
  expect(second.entries.map(({ reason }) => reason)).toEqual(['silent-in']);
  const third = decideSilent(second.silence, [], new Map([[null, 4]]));
  expect(third.entries.map(({ reason, packets }) => [reason, packets])).toEqual([
    ['firewall-in', 6],
    ['silent-in', 4],
  ]);
});

it('no more than was dropped is told, wherever between its neighbours multicast is counted', () => {
  const interval = fc.record({
    dropped: fc.nat(50),
    multicast: fc.array(fc.constantFrom(-1, 0, 1), { maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.array(interval, { minLength: 3, maxLength: 12 }), (intervals) => {
      const counted = intervals.map(() => 0);
      intervals.forEach(({ multicast }, at) => {
        for (const late of multicast) {
          const where = Math.min(intervals.length - 1, Math.max(0, at + late));
          counted[where] = (counted[where] ?? 0) + 1;
        }
      });
      let silence = noSilence;
      intervals.forEach(({ dropped, multicast }, at) => {
        const before = intervals[at - 1];
        const next = decideSilent(
          silence,
          vanished(dropped + multicast.length),
          new Map([[null, counted[at] ?? 0]]),
        );
        ({ silence } = next);
        const told = next.entries.filter(({ reason }) => reason === 'firewall-in');
        const all = next.entries.reduce((sum, { packets }) => sum + packets, 0);
        expect(told.reduce((sum, { packets }) => sum + packets, 0)).toBeLessThanOrEqual(before?.dropped ?? 0);
        expect(all).toBe(before === undefined ? 0 : before.dropped + before.multicast.length);
      });
    }),
    { numRuns: runs(200) },
  );
});
