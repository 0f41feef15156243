// LINUX_SLL2 (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html): 20 bytes, of which `-i any` tells the interface.
import { u16, u32, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfEtherType } from './ether-type.ts';
import type { Step } from './steps.ts';

const HEADER_BYTES = 20;
const MAC_BYTES = 6;

export function dissectSll2(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + HEADER_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.layers |= Layer.sll;
  writer.ifindex = u32(heap, at + 4);
  writer.packetType = u8(heap, at + 10);
  if (u8(heap, at + 11) === MAC_BYTES) writer.linkAddresses(at + 12, null);
  writer.advance(start);
  return stepOfEtherType(u16(heap, at));
}
