// LINUX_SLL2 (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html): 20 bytes, of which `-i any` tells the interface.
import { AddressKind } from '../address.ts';
import { u16, u32, u8 } from '../bytes.ts';
import { dissectEtherType } from './ether-type.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

const HEADER_BYTES = 20;
const MAC_BYTES = 6;

export function dissectSll2(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row, heap } = writer;
  if (at + HEADER_BYTES > end) {
    writer.truncated(end);
    return;
  }
  segment.ifindex[row] = u32(heap, at + 4);
  segment.packetType[row] = u8(heap, at + 10);
  const known = dissectEtherType(writer, u16(heap, at), at + HEADER_BYTES, end, wireLength - HEADER_BYTES);
  if (!known && u8(heap, at + 11) === MAC_BYTES)
    segment.source[row] = writer.intern(AddressKind.mac, at + 12);
}
