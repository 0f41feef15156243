// A packet of the store, as the full decode takes it.
import type { PacketSegment } from '../store/packet-segment.ts';
import type { CapturedPacket } from './dissection.ts';

/** `bytes` is a view into the segment: it lasts as long as that is kept. */
export function rowPacket(segment: PacketSegment, row: number): CapturedPacket {
  return {
    bytes: segment.raw(row),
    linkType: segment.linkType[row] ?? 0,
    len: segment.len[row] ?? 0,
    seconds: segment.seconds[row] ?? 0,
    nanoseconds: segment.nanoseconds[row] ?? 0,
    number: segment.firstNumber + row,
    comment: segment.comment(row),
  };
}
