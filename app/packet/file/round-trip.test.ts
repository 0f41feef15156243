import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { CaptureFile } from './capture-file.ts';
import { PacketStore } from '../store/packet-store.ts';
import { writePcapng } from './pcapng-writer.ts';

const anyPacket = fc.record({
  captureId: fc.nat(3),
  linkType: fc.constantFrom(1, 113, 276),
  bytes: fc.uint8Array({ maxLength: 200 }),
  more: fc.nat(2000),
  seconds: fc.nat(0xffff_ffff),
  nanoseconds: fc.nat(999_999_999),
  comment: fc.option(
    fc
      .array(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\u0000')),
        { minLength: 1, maxLength: 3 },
      )
      .map((comments) => comments.join('\u0000')),
  ),
});

describe('packets of the store, written to pcapng and read again', () => {
  it('are the same packets at the same places', () => {
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: 60 }), (packets) => {
        const before = new PacketStore({ maxBytes: 1024 * 1024 });
        for (const { captureId, linkType, bytes, more, seconds, nanoseconds, comment } of packets)
          before.append(
            captureId,
            linkType,
            new DataView(bytes.buffer, bytes.byteOffset),
            0,
            bytes.length,
            bytes.length + more,
            seconds,
            nanoseconds,
            comment === null ? null : new TextEncoder().encode(comment),
          );
        const after = new PacketStore({ maxBytes: 1024 * 1024 });
        const file = new CaptureFile(after);
        for (const chunk of writePcapng({
          application: 'Hopscope',
          interfaces: [],
          describe: (captureId, ifindex, linkType) => ({
            ...{ captureId, ifindex, linkType, name: `${captureId}/${ifindex}/${linkType}` },
            ...{ filter: null, snaplen: 0, received: null, dropped: null },
          }),
          names: [],
          among: () => null,
          segments: before.segments,
          payload: true,
        }))
          file.push(chunk);
        file.end();
        expect(file.broken).toBeNull();
        expect(file.packets).toBe(packets.length);
        const rows = (
          store: PacketStore,
          placeOf: (segment: number, ifindex: number, linkType: number) => string,
        ) =>
          store.segments.flatMap((segment) =>
            Array.from({ length: segment.count }, (_, row) => ({
              place: placeOf(
                segment.captureId[row] ?? 0,
                segment.ifindex[row] ?? 0,
                segment.linkType[row] ?? 0,
              ),
              bytes: Buffer.from(segment.raw(row)).toString('hex'),
              len: segment.len[row],
              seconds: segment.seconds[row],
              nanoseconds: segment.nanoseconds[row],
              source: segment.address(segment.source[row] ?? 0),
              comment: segment.comment(row),
            })),
          );
        expect(rows(after, (captureId) => file.interfaces[captureId]?.name ?? '')).toEqual(
          rows(before, (...place) => place.join('/')),
        );
      }),
      { numRuns: runs(100) },
    );
  });
});
