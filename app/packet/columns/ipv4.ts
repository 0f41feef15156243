// IPv4 (RFC 791).
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Mark } from '../store/packet-segment.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { dissectTransport } from './transport.ts';

const HEADER_BYTES = 20;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

export function dissectIpv4(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row, heap } = writer;
  segment.etherType[row] = 0x0800;
  if (at + HEADER_BYTES > end) {
    writer.truncated(end);
    return;
  }
  const headerLength = (u8(heap, at) & 15) * 4;
  if (u8(heap, at) >> 4 !== 4 || headerLength < HEADER_BYTES) {
    writer.mark(Mark.broken);
    return;
  }
  segment.family[row] = 4;
  segment.source[row] = writer.intern(AddressKind.ipv4, at + 12);
  segment.destination[row] = writer.intern(AddressKind.ipv4, at + 16);
  const protocol = u8(heap, at + 9);
  segment.protocol[row] = protocol;
  // 0: the card cuts it later (segmentation offload), and the length is not known yet.
  const totalLength = u16(heap, at + 2) || wireLength;
  if (totalLength < headerLength) {
    writer.mark(Mark.broken);
    return;
  }
  if (at + headerLength > end) {
    writer.truncated(end);
    return;
  }
  writer.headerEnds(at + headerLength);
  // What follows the packet is Ethernet's padding.
  const packetEnd = Math.min(end, at + totalLength);
  const fragment = u16(heap, at + 6);
  if ((fragment & FRAGMENT_OFFSET) !== 0) {
    writer.mark(Mark.laterFragment);
    return;
  }
  if ((fragment & MORE_FRAGMENTS) !== 0) writer.mark(Mark.firstFragment);
  dissectTransport(writer, protocol, at + headerLength, packetEnd, totalLength - headerLength);
}
