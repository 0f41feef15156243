// TCP's header (RFC 9293 §3.1).
import { u16, u32, u8 } from '../bytes.ts';
import { Mark } from '../store/packet-segment.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

const HEADER_BYTES = 20;

export const TcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export function dissectTcp(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row, heap } = writer;
  if (at + 4 <= end) {
    segment.sourcePort[row] = u16(heap, at);
    segment.destinationPort[row] = u16(heap, at + 2);
  }
  if (at + 8 <= end) segment.sequence[row] = u32(heap, at + 4);
  if (at + 12 <= end) segment.acknowledgement[row] = u32(heap, at + 8);
  if (at + HEADER_BYTES > end) {
    if (wireLength < HEADER_BYTES) writer.mark(Mark.broken);
    else writer.truncated(end);
    return;
  }
  segment.flags[row] = u16(heap, at + 12) & 0x0fff;
  const headerLength = (u8(heap, at + 12) >> 4) * 4;
  if (headerLength < HEADER_BYTES || headerLength > wireLength) {
    writer.mark(Mark.broken);
    return;
  }
  writer.headerEnds(at + headerLength);
  segment.payloadLength[row] = wireLength - headerLength;
}
