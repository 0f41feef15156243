// LINUX_SLL (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html): 16 bytes instead of a link header.
import { AddressKind } from '../address.ts';
import { u16 } from '../bytes.ts';
import { dissectEtherType } from './ether-type.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

const HEADER_BYTES = 16;
const MAC_BYTES = 6;

export function dissectSll(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row, heap } = writer;
  if (at + HEADER_BYTES > end) {
    writer.truncated(end);
    return;
  }
  segment.packetType[row] = u16(heap, at);
  const known = dissectEtherType(
    writer,
    u16(heap, at + 14),
    at + HEADER_BYTES,
    end,
    wireLength - HEADER_BYTES,
  );
  if (!known && u16(heap, at + 4) === MAC_BYTES) segment.source[row] = writer.intern(AddressKind.mac, at + 6);
}
