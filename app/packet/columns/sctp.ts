// SCTP's common header (RFC 9260 §3.1).
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 12;

export function dissectSctp(writer: SegmentWriter): Step {
  const { heap, at, end } = writer;
  if (at + 4 <= end) {
    writer.sourcePort = u16(heap, at);
    writer.destinationPort = u16(heap, at + 2);
  }
  if (at + HEADER_BYTES > end) return writer.cut(at + HEADER_BYTES);
  writer.layers |= Layer.sctp;
  writer.payloadLength = writer.wireEnd - at - HEADER_BYTES;
  return Step.done;
}
