import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ipPacket, pcap } from '../testing/pcap.ts';
import { FlowCounts, type SoughtFlow } from './flow-counts.ts';
import { PacketStore } from './packet-store.ts';

const LINUX_SLL2 = 276;
const flow = (source: string, destination: string, destinationPort: number | null): SoughtFlow => ({
  protocol: 6,
  source,
  destination,
  sourcePort: null,
  destinationPort,
  icmpType: null,
});
const flows = [
  flow('10.0.0.1', '10.0.0.2', 80),
  flow('10.0.0.1', '10.0.0.2', null),
  flow('10.0.0.2', '10.0.0.1', 80),
];

const packets = fc.array(
  fc.record({
    captureId: fc.integer({ min: 1, max: 2 }),
    ifindex: fc.integer({ min: 1, max: 2 }),
    type: fc.constantFrom(0, 4),
    ends: fc.constantFrom([1, 2] as const, [2, 1] as const, [1, 3] as const),
    port: fc.constantFrom(80, 81),
    protocol: fc.constantFrom(6 as const, 17 as const),
    seconds: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 30 },
);

it('counts what a naive look at every packet finds, in whatever portions one looks', () => {
  fc.assert(
    fc.property(
      packets,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      (all, from, portion) => {
        const store = new PacketStore({ maxBytes: 1 << 20 });
        const counts = new FlowCounts(flows, from);
        const expected = new Map<string, number>();
        const decoders = [1, 2].map((id) => {
          const decoder = store.decoder(id);
          decoder.push(pcap(LINUX_SLL2, []));
          return decoder;
        });
        for (const [at, { captureId, ifindex, type, ends, port, protocol, seconds }] of all.entries()) {
          const [a, b] = ends;
          const bytes = ipPacket({
            ifindex,
            type,
            source: [10, 0, 0, a],
            destination: [10, 0, 0, b],
            protocol,
            ports: [4000, port],
          });
          decoders[captureId - 1]?.push(pcap(LINUX_SLL2, [{ bytes, seconds }]).subarray(24));
          if (at % portion === 0) expect(counts.look(store)).toBe(true);
          if (at + 1 < from || protocol !== 6) continue;
          for (const [index, one] of flows.entries()) {
            if (one.source !== `10.0.0.${String(a)}` || one.destination !== `10.0.0.${String(b)}`) continue;
            if (one.destinationPort !== null && one.destinationPort !== port) continue;
            const key = [index, captureId, ifindex, type === 4 ? 'out' : 'in'].join(' ');
            expected.set(key, (expected.get(key) ?? 0) + 1);
          }
        }
        counts.look(store);
        counts.look(store);
        const found = counts.counts.map((one) => [
          [one.flow, one.captureId, one.ifindex, one.way].join(' '),
          one.packets,
        ]);
        expect(new Map(found as [string, number][])).toEqual(expected);
        expect(counts.counts.every(({ seconds, last }) => seconds.at(-1) === last.s)).toBe(true);
        expect([counts.gaps, counts.full]).toEqual([0, false]);
      },
    ),
  );
});

it('says that there was no time, and that packets left before they were looked at', () => {
  const store = new PacketStore({ maxBytes: 1 << 20 });
  const bytes = ipPacket({ source: [10, 0, 0, 1], destination: [10, 0, 0, 2], ports: [4000, 80] });
  store.decoder(1).push(pcap(LINUX_SLL2, [{ bytes }]));
  const counts = new FlowCounts(flows, 1);
  expect(counts.look(store, () => false)).toBe(false);
  expect(counts.counts).toEqual([]);
  expect(counts.look(store)).toBe(true);
  expect(counts.counts).toHaveLength(2);
  expect(counts.look({ segments: [], firstInMemory: 9 })).toBe(true);
  expect(counts.gaps).toBe(1);
});
