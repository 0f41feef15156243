import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { ipPacket } from '../testing/pcap.ts';
import { TestMedium } from '../testing/spill-medium.ts';
import { PacketStore } from './packet-store.ts';
import { Spill } from './spill.ts';

function add(store: PacketStore, count: number, size = 0): void {
  for (let left = count; left > 0; left -= 1) {
    const payload = new Uint8Array(size);
    const bytes = ipPacket({
      source: [10, 0, 0, 1],
      destination: [10, 0, left >> 8, left & 255],
      ports: [store.total & 0xffff, 2],
      payload,
    });
    store.append(1, 276, new DataView(bytes.buffer), 0, bytes.length, bytes.length, store.total, 0);
  }
}

/** What every packet that is kept says, by its number; null: it cannot be read. */
function facts(store: PacketStore): (readonly [number, number | undefined, number | undefined] | null)[] {
  return Array.from({ length: store.kept }, (_, index) => {
    const place = store.locate(store.firstNumber + index);
    if (place === null) return null;
    const { segment, row } = place;
    return [segment.firstNumber + row, segment.seconds[row], segment.sourcePort[row]];
  });
}

const expected = (first: number, end: number) =>
  Array.from({ length: end - first }, (_, index) => [
    first + index,
    first + index - 1,
    (first + index - 1) & 0xffff,
  ]);

describe('packets that have left the ring', () => {
  it('are all still there, as they were', () => {
    const medium = new TestMedium(4_000_000);
    const store = new PacketStore({ maxBytes: 64 * 1024, spill: new Spill(medium) });
    add(store, 10_000);
    expect(store.firstNumber).toBe(1);
    expect(store.firstInMemory).toBeGreaterThan(9_000);
    expect(store.bytes).toBeLessThanOrEqual(64 * 1024);
    expect(facts(store)).toEqual(expected(1, 10_001));
    expect(store.locate(0)).toBeNull();
    expect(store.locate(10_001)).toBeNull();
    expect(store.locate(1.5)).toBeNull();
  });

  it('leave the medium, oldest first, when that is full', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4_000, max: 60_000 }),
        fc.array(fc.tuple(fc.nat(60), fc.nat(3000)), { maxLength: 40 }),
        (maxBytes, steps) => {
          const medium = new TestMedium(maxBytes);
          const spill = new Spill(medium);
          const store = new PacketStore({ maxBytes: 16 * 1024, spill });
          for (const [count, size] of steps) {
            add(store, count, size);
            expect(facts(store)).toEqual(expected(store.firstNumber, store.total + 1));
            const [first] = spill.stretches;
            expect(medium.first).toBeLessThanOrEqual(first?.place.ordinal ?? Infinity);
            expect(spill.stretches.every(({ place }) => place.at + place.length <= maxBytes)).toBe(true);
          }
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it('stay where the medium has become smaller, as many as fit', () => {
    const medium = new TestMedium(1_000_000);
    const store = new PacketStore({ maxBytes: 64 * 1024, spill: new Spill(medium) });
    add(store, 2_000);
    medium.maxBytes = 100_000;
    add(store, 20_000);
    expect(store.firstInMemory - store.firstNumber).toBeGreaterThan(300);
    expect(facts(store)).toEqual(expected(store.firstNumber, store.total + 1));
  });

  it('are gone without a gap when nothing can be written, and nothing else suffers', () => {
    const medium = new TestMedium(1_000_000);
    const store = new PacketStore({ maxBytes: 64 * 1024, spill: new Spill(medium) });
    add(store, 2_000);
    medium.failing = true;
    add(store, 2_000);
    expect(store.firstNumber).toBe(store.firstInMemory);
    expect(facts(store)).toEqual(expected(store.firstNumber, 4_001));
    medium.failing = false;
    add(store, 2_000);
    expect(store.firstNumber).toBeLessThan(store.firstInMemory);
    expect(facts(store)).toEqual(expected(store.firstNumber, 6_001));
  });

  it('that cannot be read are not there, rather than wrong', () => {
    const medium = new TestMedium(1_000_000);
    const spill = new Spill(medium);
    const store = new PacketStore({ maxBytes: 64 * 1024, spill });
    add(store, 4_000);
    medium.bytes.fill(7);
    expect(spill.stretches[0]?.open()).toBeNull();
    expect(store.locate(1)).toBeNull();
    expect(store.locate(4_000)?.segment.firstNumber).toBe(store.segments.at(-1)?.firstNumber);
  });

  it('are read a few segments at a time', () => {
    const medium = new TestMedium(1_000_000);
    const spill = new Spill(medium);
    add(new PacketStore({ maxBytes: 64 * 1024, spill }), 4_000);
    const [one, two, three, four, five] = spill.stretches;
    for (const stretch of [one, two, three, four, one, two, one]) stretch?.open();
    expect(medium.reads).toBe(4);
    for (const stretch of [five, one, three]) stretch?.open();
    expect(medium.reads).toBe(6);
  });

  it.each([false, true])(
    'are gone on with by another store; with one spilled that is in memory still: %s',
    (more) => {
      const medium = new TestMedium(1_000_000);
      const spill = new Spill(medium);
      const store = new PacketStore({ maxBytes: 64 * 1024, spill });
      add(store, 2_000);
      const held = store.segments.map(({ buffer }) => buffer);
      const known = spill.stretches.map(({ place }) => place);
      add(store, 500);
      const places = more ? spill.stretches.map(({ place }) => place) : known;
      expect(places.length > known.length).toBe(more);
      const next = new PacketStore({ maxBytes: 64 * 1024, segments: held, spill: new Spill(medium, places) });
      const { total } = next;
      expect(total).toBeGreaterThanOrEqual(2_000);
      add(next, 1_000);
      expect(facts(next)).toEqual(expected(1, total + 1_001));
    },
  );
});
