// LINUX_SLL (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html): 16 bytes instead of a link header.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfEtherType } from './ether-type.ts';
import type { Step } from './steps.ts';

const HEADER_BYTES = 16;
const MAC_BYTES = 6;

export function dissectSll(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + HEADER_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.layers |= Layer.sll;
  writer.packetType = u16(heap, at);
  if (u16(heap, at + 4) === MAC_BYTES) writer.linkAddresses(at + 6, null);
  writer.advance(start);
  return stepOfEtherType(u16(heap, at + 14));
}
