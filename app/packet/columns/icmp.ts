// ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, and of echoes identifier and sequence number.
import { u16, u32, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { IpProtocol } from './ip-protocol.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 8;

export const IcmpType = { echoReply: 0, echoRequest: 8 } as const;
export const Icmpv6Type = { echoRequest: 128, echoReply: 129, redirect: 137 } as const;

/** They quote the packet that they are about: unreachable, quench, redirect, time exceeded, parameter problem. */
const QUOTING = [3, 4, 5, 11, 12];
/** ICMPv6's errors are the types below (RFC 4443 §2.1). */
const FIRST_INFORMATION = 128;

export function dissectIcmp(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const v4 = writer.protocol === IpProtocol.icmp;
  if (at + 2 <= writer.end) writer.flags = u16(heap, at);
  if (at + HEADER_BYTES > writer.end) return writer.cut(at + HEADER_BYTES);
  writer.layers |= v4 ? Layer.icmp : Layer.icmpv6;
  const type = u8(heap, at);
  const echo = v4
    ? type === IcmpType.echoReply || type === IcmpType.echoRequest
    : type === Icmpv6Type.echoReply || type === Icmpv6Type.echoRequest;
  if (echo) writer.sequence = u32(heap, at + 4);
  const quotes = v4 ? QUOTING.includes(type) : type < FIRST_INFORMATION || type === Icmpv6Type.redirect;
  if (quotes) writer.marks |= Mark.deeper;
  writer.payloadLength = writer.wireEnd - at - HEADER_BYTES;
  return Step.done;
}
