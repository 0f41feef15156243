// TCP's header (RFC 9293 §3.1).
import { u16, u32, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 20;

export const TcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export function dissectTcp(writer: SegmentWriter): Step {
  const { heap, at, end } = writer;
  if (at + 4 <= end) {
    writer.sourcePort = u16(heap, at);
    writer.destinationPort = u16(heap, at + 2);
  }
  if (at + 8 <= end) writer.sequence = u32(heap, at + 4);
  if (at + HEADER_BYTES > end) return writer.cut(at + HEADER_BYTES);
  writer.layers |= Layer.tcp;
  writer.flags = u16(heap, at + 12) & 0x0fff;
  const headerLength = (u8(heap, at + 12) >> 4) * 4;
  if (headerLength < HEADER_BYTES || at + headerLength > writer.wireEnd) return writer.broken();
  writer.payloadLength = writer.wireEnd - at - headerLength;
  return Step.done;
}
