import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { PacketStore } from '../store/packet-store.ts';
import { PcapReader } from './pcap-reader.ts';
import type { Broken } from './unit-stream.ts';
import { cells, decoded, ipPacket, pcap, rowFacts } from '../testing/pcap.ts';

const recorded = readFileSync(new URL('../fixtures/any.pcap', import.meta.url));
const packet = { bytes: ipPacket({ source: [10, 0, 0, 1], destination: [10, 0, 0, 2], ports: [1, 2] }) };

function read(...chunks: readonly Uint8Array[]): { records: number; broken: Broken | null } {
  const reader = new PcapReader({ header: () => undefined, packet: () => undefined });
  for (const chunk of chunks) reader.push(chunk);
  return { records: reader.records, broken: reader.broken };
}

function patched(stream: Uint8Array, at: number, word: number): Uint8Array {
  const copy = stream.slice();
  new DataView(copy.buffer).setUint32(at, word, true);
  return copy;
}

describe('a pcap stream', () => {
  it('gives the same columns in any chunks', () => {
    const whole = cells(decoded(recorded)).map(rowFacts);
    expect(whole).toHaveLength(84);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 }), (sizes) => {
        const store = new PacketStore({ maxBytes: 64_000_000 });
        const decoder = store.decoder(1);
        let at = 0;
        for (const size of sizes) {
          decoder.push(recorded.subarray(at, at + size));
          at += size;
        }
        decoder.push(recorded.subarray(at));
        expect(decoder.broken).toBeNull();
        expect(cells(store).map(rowFacts)).toEqual(whole);
      }),
      { numRuns: runs(60) },
    );
  });

  it('gives the same columns a byte at a time', () => {
    const store = new PacketStore({ maxBytes: 64_000_000 });
    const decoder = store.decoder(1);
    for (let at = 0; at < recorded.length; at += 1) decoder.push(recorded.subarray(at, at + 1));
    expect(cells(store).map(rowFacts)).toEqual(cells(decoded(recorded)).map(rowFacts));
  });

  it.each([
    { little: true, nano: false, nanoseconds: 999_999_000 },
    { little: false, nano: false, nanoseconds: 999_999_000 },
    { little: true, nano: true, nanoseconds: 999_999 },
    { little: false, nano: true, nanoseconds: 999_999 },
  ])('is read in either byte order and resolution: %j', ({ little, nano, nanoseconds }) => {
    const store = decoded(
      pcap(276, [{ ...packet, seconds: 4_000_000_000, fraction: 999_999, len: 1500 }], { little, nano }),
    );
    expect(cells(store).map(rowFacts)).toMatchObject([
      { seconds: 4_000_000_000, nanoseconds, len: 1500, linkType: 276, source: '10.0.0.1' },
    ]);
  });

  it('with noise before it is broken at the first wrong byte, and never a packet', () => {
    const text = new TextEncoder().encode('Welcome to Debian\n');
    expect(read(text.subarray(0, 1)).broken).toMatchObject({ offset: 0 });
    expect(read(text, recorded)).toMatchObject({ records: 0, broken: { offset: 0 } });
    expect(read(recorded.subarray(0, 3), Uint8Array.of(0))).toMatchObject({
      records: 0,
      broken: { offset: 0 },
    });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (noise) => {
        fc.pre(![0xd4, 0xa1, 0x4d].includes(noise[0] ?? 0));
        const { records, broken } = read(noise, recorded);
        expect(records).toBe(0);
        expect(broken?.offset).toBe(0);
      }),
      { numRuns: runs(200) },
    );
  });

  const two = pcap(276, [packet, packet], { snaplen: 128 });
  const second = 24 + 16 + packet.bytes.length;

  it.each([
    ['more captured than the snap length', 8, 129, 8],
    ['more captured than on the wire', 12, 20, 12],
    ['a length no packet has', 12, 0xffff_ffff, 12],
    ['a fraction past its second', 4, 1_000_000, 4],
  ])('stops at a record that claims %s; what came before stays', (_, field, value, into) => {
    const { records, broken } = read(patched(two, second + field, value), two);
    expect(records).toBe(1);
    expect(broken?.offset).toBe(second + into);
    expect(broken?.sentence).toMatch(/^A packet claims .*\.$/u);
  });

  it('never waits for more than a quarter of a mebibyte, whatever snap length the header gives', () => {
    expect(read(patched(patched(two, 16, 0xffff_ffff), 24 + 8, 262_145)).broken?.offset).toBe(24 + 8);
    const large = pcap(1, [{ bytes: new Uint8Array(262_144) }], { snaplen: 0 });
    expect(read(large.subarray(0, 100), large.subarray(100))).toEqual({ records: 1, broken: null });
  });

  it('of another version is refused', () => {
    expect(read(patched(two, 4, 0x0004_0003)).broken?.sentence).toContain('version 3');
  });

  it('that ends within a record says where it begins', () => {
    const reader = new PcapReader({ header: () => undefined, packet: () => undefined });
    reader.push(two.subarray(0, two.length - 1));
    reader.end();
    expect(reader.broken).toEqual({
      offset: second,
      sentence: 'The capture ends in the middle of a packet.',
    });
    const whole = new PcapReader({ header: () => undefined, packet: () => undefined });
    whole.push(two);
    whole.end();
    expect(whole.broken).toBeNull();
  });
});
