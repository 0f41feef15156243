import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { PacketStore } from './packet-store.ts';
import { PacketView } from './packet-view.ts';
import { Spill } from './spill.ts';
import { TestMedium } from '../testing/spill-medium.ts';
import { parseDisplayFilter } from '../filter/display-filter.ts';
import { cells, ipPacket, pcap, type Cell } from '../testing/pcap.ts';

function filter(text: string) {
  const parsed = parseDisplayFilter(text);
  if (!parsed.ok) throw new Error(parsed.failure.sentence);
  return parsed.value;
}

/** A test in the filter's language, and said again in the plainest way. */
interface Test {
  readonly text: string;
  readonly passes: (cell: Cell) => boolean;
}

const ends = ({ segment, row }: Cell): readonly string[] => [
  segment.address(segment.source[row] ?? 0),
  segment.address(segment.destination[row] ?? 0),
];
const tcpPorts = ({ segment, row }: Cell): readonly (number | undefined)[] =>
  segment.protocol[row] === 6 ? [segment.sourcePort[row], segment.destinationPort[row]] : [];

const packet = fc
  .record({
    source: fc.integer({ min: 0, max: 5 }),
    destination: fc.integer({ min: 0, max: 5 }),
    ports: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
    udp: fc.boolean(),
  })
  .map(({ source, destination, ports, udp }) => ({
    bytes: ipPacket({
      source: [10, 0, source & 1, source],
      destination: [10, 0, destination & 1, destination],
      ports,
      protocol: udp ? 17 : 6,
    }),
  }));

const test: fc.Arbitrary<Test> = fc.oneof(
  fc.integer({ min: 0, max: 6 }).map((host) => ({
    text: `ip.addr == 10.0.${host & 1}.${host}`,
    passes: (cell: Cell) => ends(cell).includes(`10.0.${host & 1}.${host}`),
  })),
  fc.integer({ min: 0, max: 3 }).map((port) => ({
    text: `tcp.port == ${port}`,
    passes: (cell: Cell) => tcpPorts(cell).includes(port),
  })),
  fc.constantFrom(
    {
      text: 'ip.src == 10.0.1.0/24',
      passes: (cell: Cell) => ends(cell)[0]?.startsWith('10.0.1.') === true,
    },
    { text: 'udp', passes: ({ segment, row }: Cell) => segment.protocol[row] === 17 },
    // No column tells.
    {
      text: 'ip.ttl == 64 && frame[0:2] == 08:00',
      passes: ({ segment, row }: Cell) => segment.raw(row)[28] === 64,
    },
  ),
);

describe('a view', () => {
  it('holds what a naive look at every packet finds, while packets come, leave memory and go', () => {
    fc.assert(
      fc.property(
        fc.array(test, { maxLength: 3 }),
        fc.array(fc.array(packet, { maxLength: 120 }), { maxLength: 12 }),
        fc.integer({ min: 20_000, max: 120_000 }),
        fc.nat(200),
        fc.nat(30),
        fc.constantFrom(0, 50_000, 1_000_000),
        (tests, batches, maxBytes, from, count, spilled) => {
          const spill = spilled === 0 ? {} : { spill: new Spill(new TestMedium(spilled)) };
          const store = new PacketStore({ maxBytes, ...spill });
          const view = new PacketView(store, filter(tests.map(({ text }) => text).join(' && ')));
          const passes = (cell: Cell) => tests.every((one) => one.passes(cell));
          const numbers: number[] = [];
          const decoder = store.decoder(1);
          decoder.push(pcap(276, []));
          let seen = 0;
          for (const batch of batches) {
            decoder.push(pcap(276, batch).subarray(24));
            for (const cell of cells(store)) {
              const number = cell.segment.firstNumber + cell.row;
              if (number > seen && passes(cell)) numbers.push(number);
            }
            seen = store.total;
            const first = numbers.findIndex((number) => number >= store.firstNumber);
            expect(view.update()).toBe(true);
            const { end } = view;
            expect(end).toBe(numbers.length);
            expect(view.first).toBe(first < 0 ? numbers.length : first);
            const until = store.total - (from % 50);
            const last = numbers.filter((number) => number <= until).length;
            const paused = view.rows(from, count, until);
            expect(paused.end).toBe(Math.max(view.first, last));
            expect(paused.places.map(({ stretch, row }) => stretch.firstNumber + row)).toEqual(
              numbers.slice(paused.from, Math.min(paused.from + count, paused.end)),
            );
            const newest = view.rows(null, count, null);
            expect(newest.from + newest.places.length).toBe(end);
            expect(newest.places).toHaveLength(Math.min(count, end - view.first));
          }
        },
      ),
      { numRuns: runs(80) },
    );
  });

  it('of packets that had left memory before it began finds them', () => {
    const store = new PacketStore({ maxBytes: 20_000, spill: new Spill(new TestMedium(2_000_000)) });
    store.decoder(1).push(pcap(276, packets(5000)));
    const view = new PacketView(store, filter('ip.src == 10.0.0.7'));
    expect(view.update()).toBe(true);
    expect(view.end).toBe(20);
    expect(view.rows(0, 100, null).places.map(({ stretch, row }) => stretch.firstNumber + row)).toEqual(
      Array.from({ length: 20 }, (_, index) => 8 + 256 * index),
    );
    expect(view.rows(0, 100, 1000).end).toBe(4);
  });

  const packets = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      bytes: ipPacket({
        source: [10, 0, 0, index & 255],
        destination: [10, 0, 1, 1],
        ports: [index & 0xffff, 80],
      }),
    }));

  it('without a filter has index = number − 1, though packets left before it began', () => {
    const store = new PacketStore({ maxBytes: 100_000 });
    store.decoder(1).push(pcap(276, packets(3000)));
    const view = new PacketView(store, filter(''));
    view.update();
    expect(view.first).toBe(store.firstNumber - 1);
    expect(view.end).toBe(3000);
    const [place] = view.rows(2999, 1, null).places;
    expect(place === undefined ? 0 : place.stretch.firstNumber + place.row).toBe(3000);
  });

  it('moves a window to where packets are', () => {
    const store = new PacketStore({ maxBytes: 100_000 });
    store.decoder(1).push(pcap(276, packets(3000)));
    const view = new PacketView(store, filter(''));
    view.update();
    expect(view.rows(0, 10, null).from).toBe(view.first);
    expect(view.rows(5000, 10, null).from).toBe(2990);
    expect(view.rows(0, 10, 1)).toMatchObject({ first: view.first, end: view.first, places: [] });
  });

  it('looks at packets as long as it may, shows what it has found, and says how far it is', () => {
    const store = new PacketStore({ maxBytes: 2_000_000 });
    store.decoder(1).push(pcap(276, packets(5000)));
    const view = new PacketView(store, filter('ip.ttl == 64'));
    let looks = 0;
    const once = () => (looks += 1) % 2 === 1;
    expect(view.update(once)).toBe(false);
    const begun = view.rows(0, 5, null);
    expect(begun.places).toHaveLength(5);
    expect(begun.toScan).toBe(5000);
    expect(begun.scanned).toBe(begun.end);
    expect(begun.end).toBeLessThanOrEqual(512);
    let updates = 1;
    while (!view.update(once)) updates += 1;
    expect(updates).toBeGreaterThan(5);
    expect(view.rows(0, 10, null)).toMatchObject({ scanned: 0, toScan: 0, end: 5000 });
  });

  it('asks whether there is time before each few packets that it must decode', () => {
    const store = new PacketStore({ maxBytes: 2_000_000 });
    store.decoder(1).push(pcap(276, packets(512)));
    const view = new PacketView(store, filter('frame matches "c.{900}b" || ip.ttl == 64'));
    let looks = 0;
    view.update(() => (looks += 1) <= 3);
    expect(view.end).toBeGreaterThan(0);
    expect(view.end).toBeLessThanOrEqual(3 * 8);
  });

  it('that has no time lets go of what has left', () => {
    const store = new PacketStore({ maxBytes: 100_000 });
    const decoder = store.decoder(1);
    decoder.push(pcap(276, packets(200)));
    const view = new PacketView(store, filter('ip.ttl == 64'));
    view.update();
    decoder.push(pcap(276, packets(3000)).subarray(24));
    expect(view.update(() => false)).toBe(false);
    expect(view.first).toBe(200);
    view.update();
    expect(view.rows(null, 1, null).places[0]?.row).toBeGreaterThan(0);
    expect(view.end - view.first).toBe(store.kept);
  });

  it('of a million packets is made anew in an instant', () => {
    const store = new PacketStore({ maxBytes: 400_000_000 });
    const decoder = store.decoder(1);
    decoder.push(pcap(276, []));
    const stream = pcap(276, packets(50_000)).subarray(24);
    const decodeStart = performance.now();
    for (let round = 0; round < 20; round += 1) decoder.push(stream);
    const decodeMs = performance.now() - decodeStart;
    const took = [
      'ip.addr == 10.0.0.7',
      'ip.addr == 10.0.0.0/24 && tcp.port == 80',
      'ip.addr == 10.0.1.1 && tcp.dstport == 80 && ip.src == 10.0.0.0/28 && tcp',
    ].map((words) => {
      // The best of three: another process may have the core.
      const times = [1, 2, 3].map(() => {
        const start = performance.now();
        const view = new PacketView(store, filter(words));
        view.update();
        expect(view.end).toBeGreaterThan(0);
        return performance.now() - start;
      });
      return Math.min(...times);
    });
    console.log(
      `a million packets: decoded at ${(1000 / decodeMs).toFixed(1)} Mpps; a filter takes ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`,
    );
    // From a twentieth to a quarter of decoding them (measured), by the machine and its neighbours.
    expect(Math.max(...took)).toBeLessThan(decodeMs);
  });
});
