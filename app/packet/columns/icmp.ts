// ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, and of echoes identifier and sequence number.
import { u16, u32, u8 } from '../bytes.ts';
import { Mark } from '../store/packet-segment.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

const HEADER_BYTES = 8;

export const IcmpType = { echoReply: 0, echoRequest: 8 } as const;
export const Icmpv6Type = { echoRequest: 128, echoReply: 129 } as const;

export function dissectIcmp(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row, heap } = writer;
  if (at + 2 <= end) segment.flags[row] = u16(heap, at);
  if (at + HEADER_BYTES > end) {
    if (wireLength < HEADER_BYTES) writer.mark(Mark.broken);
    else writer.truncated(end);
    return;
  }
  const type = u8(heap, at);
  const echo =
    segment.family[row] === 4
      ? type === IcmpType.echoReply || type === IcmpType.echoRequest
      : type === Icmpv6Type.echoReply || type === Icmpv6Type.echoRequest;
  if (echo) segment.sequence[row] = u32(heap, at + 4);
  writer.headerEnds(at + HEADER_BYTES);
  segment.payloadLength[row] = wireLength - HEADER_BYTES;
}
