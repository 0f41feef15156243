// ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, and of echoes identifier and sequence number.
import { u16, u32, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { IpProtocol } from './ip-protocol.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 8;

export const IcmpType = { echoReply: 0, echoRequest: 8 } as const;
export const Icmpv6Type = { echoRequest: 128, echoReply: 129, redirect: 137 } as const;

/** They quote the packet that they are about: unreachable, quench, redirect, time exceeded, parameter problem. */
const QUOTING = [3, 4, 5, 11, 12];
/** ICMPv6's errors are the types below (RFC 4443 §2.1). */
const FIRST_INFORMATION = 128;

export function dissectIcmp(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const v4 = headers.protocol === IpProtocol.icmp;
  if (at + 2 <= headers.end) headers.flags = u16(bytes, at);
  if (at + HEADER_BYTES > headers.end) return headers.cut(at + HEADER_BYTES);
  headers.layers |= v4 ? Layer.icmp : Layer.icmpv6;
  const type = u8(bytes, at);
  const echo = v4
    ? type === IcmpType.echoReply || type === IcmpType.echoRequest
    : type === Icmpv6Type.echoReply || type === Icmpv6Type.echoRequest;
  if (echo) headers.sequence = u32(bytes, at + 4);
  const quotes = v4 ? QUOTING.includes(type) : type < FIRST_INFORMATION || type === Icmpv6Type.redirect;
  if (quotes) headers.marks |= Mark.deeper;
  headers.payloadLength = headers.wireEnd - at - HEADER_BYTES;
  return Step.done;
}
