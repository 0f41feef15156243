// Hostile bytes: whatever they say, a row comes of them, from their own bytes alone.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { PacketSegment } from '../store/packet-segment.ts';
import { COLUMN_BYTES, HEADER_BYTES } from '../store/segment-layout.ts';
import { SegmentWriter } from '../store/segment-writer.ts';
import { summarize } from '../summary/summarize.ts';
import { cells, decoded, pcap, rowFacts } from '../testing/pcap.ts';

const LINK_TYPES = [1, 12, 14, 101, 113, 228, 229, 276, 147];

const recorded = ['any', 'ethernet', 'sll', 'short'].flatMap((name) =>
  cells(decoded(readFileSync(new URL(`../fixtures/${name}.pcap`, import.meta.url)))).map(
    ({ segment, row }) => ({
      linkType: segment.linkType[row] ?? 0,
      bytes: segment.raw(row).slice(),
      len: segment.len[row] ?? 0,
    }),
  ),
);

/** One row, in a heap whose every other byte is `around`. */
function dissect(linkType: number, bytes: Uint8Array, len: number, around: number) {
  const before = new Uint8Array(7).fill(around);
  const segment = PacketSegment.format(
    new ArrayBuffer(HEADER_BYTES + COLUMN_BYTES * 2 + bytes.length + 400),
    2,
    1,
  );
  segment.heap.fill(around);
  const writer = new SegmentWriter(segment);
  writer.append(0, 0, new DataView(before.buffer), 0, 7, 7, 0, 0, null, null);
  const packet = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  writer.append(0, linkType, packet, 0, bytes.length, len, 0, 0, null, null);
  writer.publish();
  return { facts: rowFacts({ segment, row: 1 }), summary: summarize(segment, 1) };
}

function holds(linkType: number, bytes: Uint8Array, len: number): void {
  const row = dissect(linkType, bytes, len, 0);
  // What lies around the packet says nothing about it.
  expect(dissect(linkType, bytes, len, 0xff)).toEqual(row);
  expect(dissect(linkType, bytes, len, 0x45)).toEqual(row);
  expect(row.facts['caplen']).toBe(bytes.length);
  expect(row.facts['payloadLength']).toBeLessThanOrEqual(Math.max(len, 0xffff));
  expect(row.summary.summary).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(row.summary.summary.length).toBeLessThan(600);
}

describe('hostile packets', () => {
  it('of random bytes, in every link type', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LINK_TYPES),
        fc.uint8Array({ maxLength: 200 }),
        fc.oneof(fc.constant(0), fc.nat(5000)),
        (linkType, bytes, more) => holds(linkType, bytes, bytes.length + more),
      ),
      { numRuns: runs(1500) },
    );
  });

  it('of real ones with bits flipped', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recorded),
        fc.array(fc.tuple(fc.nat(191), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        ({ linkType, bytes, len }, flips) => {
          const copy = bytes.slice();
          for (const [at, value] of flips) if (at < copy.length) copy[at] = value;
          holds(linkType, copy, len);
        },
      ),
      { numRuns: runs(1500) },
    );
  });

  it('cut anywhere: what a shorter capture says, a longer one says too', () => {
    for (const { linkType, bytes, len } of recorded.slice(0, 84)) {
      const whole = dissect(linkType, bytes, len, 0).facts;
      for (let length = 0; length < bytes.length; length += 1) {
        const { facts } = dissect(linkType, bytes.slice(0, length), len, 0xff);
        for (const field of [
          'ifindex',
          'family',
          'source',
          'destination',
          'flags',
          'sequence',
          'acknowledgement',
          'payloadLength',
        ]) {
          const value = facts[field];
          if (value === 0 || value === '') continue;
          // The link's own address stands in while no IP address was captured.
          if (typeof value === 'string' && value.length === 17) continue;
          expect(value).toBe(whole[field]);
        }
      }
    }
  });

  it('whole streams with bytes changed: no throw, and a prefix of good packets', () => {
    const stream = pcap(
      276,
      recorded.filter(({ linkType }) => linkType === 276),
    );
    const good = cells(decoded(stream)).map(rowFacts);
    fc.assert(
      fc.property(fc.nat(stream.length - 1), fc.nat(255), (at, value) => {
        const copy = stream.slice();
        copy[at] = value;
        const rows = cells(decoded(copy)).map(rowFacts);
        let same = 0;
        let end = 24;
        while (end <= at && same < good.length) {
          end += 16 + Number(good[same]?.['caplen']);
          if (end <= at) same += 1;
        }
        if (at >= 24) expect(rows.slice(0, same)).toEqual(good.slice(0, same));
      }),
      { numRuns: runs(60) },
    );
  });

  it('of extension headers without end', () => {
    const bytes = new Uint8Array(40 + 8 * 500);
    bytes.set([0x60, 0, 0, 0, (8 * 500) >> 8, (8 * 500) & 255, 0]);
    holds(229, bytes, bytes.length);
    expect(dissect(229, bytes, bytes.length, 0).summary.tone).toBe('trouble');
  });

  it('of VLAN tags without end', () => {
    const bytes = new Uint8Array(400);
    for (let at = 12; at < 400; at += 4) bytes.set([0x81, 0, 0, 1], at);
    holds(1, bytes, bytes.length);
    expect(dissect(1, bytes, bytes.length, 0).summary.tone).toBe('trouble');
  });
});
