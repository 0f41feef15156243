import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { PacketSegment } from './packet-segment.ts';
import { PacketStore } from './packet-store.ts';
import { COLUMN_BYTES } from './segment-layout.ts';
import { cells, decoded, ipPacket, pcap, rowFacts, type Recorded } from '../testing/pcap.ts';

/** A packet of its own address and length each. */
function packets(count: number, payload = 0): readonly Recorded[] {
  return Array.from({ length: count }, (_, index) => ({
    seconds: index,
    bytes: ipPacket({
      ifindex: 1 + (index % 3),
      type: index % 2 === 0 ? 0 : 4,
      source: [10, 1, index >> 8, index & 255],
      destination: [10, 0, 0, 2],
      ports: [1024 + index, 80],
      flags: index % 10 === 9 ? 4 : 16,
      payload: new Uint8Array(payload === 0 ? 0 : (index * 31) % payload).fill(index),
    }),
  }));
}

describe('a packet store', () => {
  it('of any size keeps the newest packets, whole segments of them, within its bytes', () => {
    const all = cells(decoded(pcap(276, packets(600, 200)))).map(rowFacts);
    fc.assert(
      fc.property(
        fc.integer({ min: 20_000, max: 400_000 }),
        fc.integer({ min: 500, max: 9000 }),
        (maxBytes, step) => {
          const store = new PacketStore({ maxBytes });
          const decoder = store.decoder(1);
          const stream = pcap(276, packets(600, 200));
          for (let at = 0; at < stream.length; at += step) {
            decoder.push(stream.subarray(at, at + step));
            expect(store.bytes).toBeLessThanOrEqual(maxBytes);
            expect(store.bytes).toBe(store.segments.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
          }
          expect(store.total).toBe(600);
          expect(store.kept).toBeGreaterThan(0);
          expect(store.firstNumber).toBe(601 - store.kept);
          expect(cells(store).map(rowFacts)).toEqual(all.slice(600 - store.kept));
        },
      ),
      { numRuns: runs(25) },
    );
  });

  it('finds a packet by its number, and none that left or never came', () => {
    const store = decoded(pcap(276, packets(2000)), 100_000);
    const { firstNumber } = store;
    expect(firstNumber).toBeGreaterThan(1);
    for (const [index, cell] of cells(store).entries()) {
      expect(store.locate(firstNumber + index)).toEqual(cell);
    }
    for (const none of [0, firstNumber - 1, 2001, firstNumber + 0.5, Number.NaN]) {
      expect(store.locate(none)).toBeNull();
    }
  });

  it('lets little go at once and is small while it is young', () => {
    const maxBytes = 8_000_000;
    const young = decoded(pcap(276, packets(10)), maxBytes);
    expect(young.bytes).toBeLessThanOrEqual(65_536);
    const store = new PacketStore({ maxBytes });
    const decoder = store.decoder(1);
    decoder.push(pcap(276, []));
    let most = 0;
    for (let round = 0; round < 120; round += 1) {
      const before = store.firstNumber;
      const kept = store.kept;
      decoder.push(pcap(276, packets(1000)).subarray(24));
      if (before > 1) most = Math.max(most, (store.firstNumber - before) / kept);
    }
    expect(store.firstNumber).toBeGreaterThan(1);
    expect(store.bytes).toBeGreaterThan(maxBytes * 0.93);
    expect(most).toBeLessThan(0.05);
  });

  it('takes at most 60 bytes a packet beside raw bytes and addresses, and wastes little', () => {
    expect(COLUMN_BYTES).toBeLessThanOrEqual(60);
    const store = new PacketStore({ maxBytes: 500_000_000 });
    const decoder = store.decoder(1);
    decoder.push(pcap(276, []));
    for (let round = 0; round < 100; round += 1) decoder.push(pcap(276, packets(1000, 60)).subarray(24));
    const raw = cells(store).reduce((sum, { segment, row }) => sum + (segment.caplen[row] ?? 0), 0);
    expect(store.bytes).toBeLessThan(1.1 * (store.kept * 60 + raw) + 4_000_000);
    expect(store.segments.slice(0, -1).reduce((sum, { usedBytes }) => sum + usedBytes, 0)).toBeGreaterThan(
      0.9 * store.segments.slice(0, -1).reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    );
  });

  it('keeps a packet larger than a segment', () => {
    const giant = { bytes: new Uint8Array(262_144).fill(7) };
    const store = decoded(pcap(1, [giant, ...packets(3), giant]), 50_000);
    expect(store.total).toBe(5);
    const last = cells(store).at(-1);
    // Compared as one value: a matcher would walk every byte.
    expect(Buffer.compare(last?.segment.raw(last.row) ?? new Uint8Array(0), giant.bytes)).toBe(0);
  });

  it('goes on in a fresh thread from the segments of a dead one; half a row does not show', () => {
    const buffers: ArrayBufferLike[] = [];
    const first = new PacketStore({
      maxBytes: 1_000_000,
      allocate: (bytes) => {
        const buffer = new SharedArrayBuffer(bytes);
        buffers.push(buffer);
        return buffer;
      },
    });
    const stream = pcap(276, packets(1500));
    first.decoder(1).push(stream);
    const before = cells(first).map(rowFacts);
    // The thread died within a row: its columns and its raw bytes are there, its count is not.
    const torn = first.segments.at(-1);
    if (torn === undefined) throw new Error('no segment');
    torn.seconds[torn.count] = 99;
    torn.caplen[torn.count] = 4_000_000_000;
    const second = new PacketStore({ maxBytes: 1_000_000, segments: buffers });
    expect(second.total).toBe(1500);
    expect(cells(second).map(rowFacts)).toEqual(before);
    second.decoder(2).push(pcap(276, packets(1)));
    expect(second.total).toBe(1501);
    expect(cells(second).map(rowFacts).slice(0, -1)).toEqual(before);
    expect(cells(second).map(rowFacts).at(-1)).toMatchObject({ number: 1501, captureId: 2, seconds: 0 });
  });

  it('tells who holds the buffers which of them left', () => {
    const held = new Set<ArrayBufferLike>();
    const store = new PacketStore({
      maxBytes: 100_000,
      allocate: (bytes) => {
        const buffer = new ArrayBuffer(bytes);
        held.add(buffer);
        return buffer;
      },
      release: (buffer) => void held.delete(buffer),
    });
    store.decoder(1).push(pcap(276, packets(3000)));
    expect([...held]).toEqual(store.segments.map(({ buffer }) => buffer));
  });

  it('gives equal addresses one id, more of them than a table begins with', () => {
    const store = decoded(pcap(276, [...packets(1000), ...packets(1000)]), 4_000_000);
    for (const segment of store.segments) {
      const ids = new Map<string, number>();
      for (let row = 0; row < segment.count; row += 1) {
        const id = segment.source[row] ?? 0;
        const text = segment.address(id);
        expect(ids.get(text) ?? id).toBe(id);
        ids.set(text, id);
        expect([...segment.addressBytes(id)].join('.')).toBe(text);
      }
      expect(segment.addressCount).toBeLessThanOrEqual(ids.size + 1);
    }
  });

  it('refuses a buffer that is no segment', () => {
    expect(() => new PacketSegment(new ArrayBuffer(8))).toThrow('too small');
    expect(() => new PacketSegment(new ArrayBuffer(4096))).toThrow('no packet segment');
    const cut = decoded(
      readFileSync(new URL('../fixtures/any.pcap', import.meta.url)),
    ).segments[0]?.buffer.slice(0, 900);
    expect(() => new PacketSegment(cut ?? new ArrayBuffer(0))).toThrow('cut off');
  });

  it('says how many packets each interface got since the last ask', () => {
    const store = new PacketStore({ maxBytes: 1_000_000 });
    const asked = (): unknown[] => {
      const places: unknown[] = [];
      store.takeArrivals((...place) => places.push(place));
      return places;
    };
    const decoder = store.decoder(7);
    decoder.push(pcap(276, packets(60)));
    expect(asked()).toEqual([
      [7, 1, 10, 10, 2],
      [7, 2, 10, 10, 2],
      [7, 3, 10, 10, 2],
    ]);
    expect(asked()).toEqual([]);
    decoder.push(pcap(276, packets(1)).subarray(24));
    expect(asked()).toEqual([[7, 1, 1, 0, 0]]);
  });

  it('counts packets of invented interfaces, too, in bounded memory', () => {
    const store = new PacketStore({ maxBytes: 1_000_000 });
    const invented = Array.from({ length: 10_000 }, (_, index) => ({
      bytes: ipPacket({ ifindex: index, source: [1, 1, 1, 1], destination: [2, 2, 2, 2], ports: [1, 2] }),
    }));
    store.decoder(1).push(pcap(276, invented));
    let places = 0;
    let sum = 0;
    store.takeArrivals((_captureId, _ifindex, inbound) => {
      places += 1;
      sum += inbound;
    });
    expect(sum).toBe(10_000);
    expect(places).toBeLessThan(5000);
  });
});
