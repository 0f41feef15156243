// TCP's header (RFC 9293 §3.1).
import { u16, u32, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 20;

export const TcpFlag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

export function dissectTcp(headers: PacketHeaders): Step {
  const { bytes, at, end } = headers;
  if (at + 4 <= end) {
    headers.sourcePort = u16(bytes, at);
    headers.destinationPort = u16(bytes, at + 2);
  }
  if (at + 8 <= end) headers.sequence = u32(bytes, at + 4);
  if (at + HEADER_BYTES > end) return headers.cut(at + HEADER_BYTES);
  headers.layers |= Layer.tcp;
  headers.flags = u16(bytes, at + 12) & 0x0fff;
  const headerLength = (u8(bytes, at + 12) >> 4) * 4;
  if (headerLength < HEADER_BYTES || at + headerLength > headers.wireEnd) return headers.broken();
  headers.payloadLength = headers.wireEnd - at - headerLength;
  return Step.done;
}
