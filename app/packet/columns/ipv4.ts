// IPv4 (RFC 791).
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfIpProtocol } from './ip-protocol.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 20;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

export function dissectIpv4(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  if (at + HEADER_BYTES > writer.end) return writer.cut(at + HEADER_BYTES);
  const first = u8(heap, at);
  const headerLength = (first & 15) * 4;
  if (first >> 4 !== 4 || headerLength < HEADER_BYTES) return writer.broken();
  writer.layers |= Layer.ip;
  writer.beginFlow(4, AddressKind.ipv4, at + 12, at + 16);
  const protocol = u8(heap, at + 9);
  writer.protocol = protocol;
  // 0: the card cuts it later (segmentation offload), and the length is not known yet.
  const totalLength = u16(heap, at + 2);
  if (totalLength !== 0) {
    if (totalLength < headerLength) return writer.broken();
    // What follows the packet is Ethernet's padding.
    writer.limit(at + totalLength);
  }
  const start = at + headerLength;
  if (start > writer.end) return writer.cut(start);
  writer.advanceToTransport(start);
  const fragment = u16(heap, at + 6);
  if ((fragment & FRAGMENT_OFFSET) !== 0) {
    writer.marks |= Mark.laterFragment;
    return Step.done;
  }
  if ((fragment & MORE_FRAGMENTS) !== 0) writer.marks |= Mark.firstFragment;
  return stepOfIpProtocol(protocol);
}
