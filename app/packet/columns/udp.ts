// UDP's header (RFC 768).
import { u16 } from '../bytes.ts';
import { Mark } from '../store/packet-segment.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

const HEADER_BYTES = 8;

export function dissectUdp(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row, heap } = writer;
  if (at + 4 <= end) {
    segment.sourcePort[row] = u16(heap, at);
    segment.destinationPort[row] = u16(heap, at + 2);
  }
  if (at + HEADER_BYTES > end) {
    if (wireLength < HEADER_BYTES) writer.mark(Mark.broken);
    else writer.truncated(end);
    return;
  }
  // 0: longer than the field can say (RFC 2675).
  const length = u16(heap, at + 4) || wireLength;
  const fragmented = ((segment.marks[row] ?? 0) & Mark.firstFragment) !== 0;
  if (length < HEADER_BYTES || (length > wireLength && !fragmented)) {
    writer.mark(Mark.broken);
    return;
  }
  writer.headerEnds(at + HEADER_BYTES);
  segment.payloadLength[row] = length - HEADER_BYTES;
}
