// SCTP's common header (RFC 9260 §3.1).
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 12;

export function dissectSctp(headers: PacketHeaders): Step {
  const { bytes, at, end } = headers;
  if (at + 4 <= end) {
    headers.sourcePort = u16(bytes, at);
    headers.destinationPort = u16(bytes, at + 2);
  }
  if (at + HEADER_BYTES > end) return headers.cut(at + HEADER_BYTES);
  headers.layers |= Layer.sctp;
  headers.payloadLength = headers.wireEnd - at - HEADER_BYTES;
  return Step.done;
}
