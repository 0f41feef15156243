// A PPPoE session's packets (RFC 2516), and of the PPP in them (RFC 1661) the protocol.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 6;
const PROTOCOL_BYTES = 2;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

export function dissectPppoe(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES + PROTOCOL_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.pppoes;
  headers.limit(at + HEADER_BYTES + u16(bytes, at + 4));
  headers.advance(start);
  const protocol = u16(bytes, at + HEADER_BYTES);
  if (protocol === PPP_IPV4) return Step.ipv4;
  return protocol === PPP_IPV6 ? Step.ipv6 : Step.unread;
}
