// IPv6 and its extension headers (RFC 8200; authentication header: RFC 4302).
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { stepOfIpProtocol } from './ip-protocol.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 40;
/** RFC 8200 §4.1 knows seven; whoever sends more wants us to be busy. */
const MAX_EXTENSIONS = 10;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;

export function dissectIpv6(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  if (u8(bytes, at) >> 4 !== 6) return headers.broken();
  headers.layers |= Layer.ipv6;
  headers.beginFlow(6, AddressKind.ipv6, at + 8, at + 24);
  // 0: a jumbogram, as segmentation offload makes them beyond 64 KiB.
  const payloadLength = u16(bytes, at + 4);
  if (payloadLength !== 0) headers.limit(start + payloadLength);
  else headers.marks |= Mark.deeper;
  headers.advanceToTransport(start);
  return dissectExtensions(headers, u8(bytes, at + 6));
}

function dissectExtensions(headers: PacketHeaders, first: number): Step {
  const { bytes } = headers;
  let next = first;
  for (let count = 0; isExtension(next); count += 1) {
    const { at } = headers;
    headers.protocol = next;
    if (at + 8 > headers.end) return headers.cut(at + 8);
    if (count === MAX_EXTENSIONS) return headers.broken();
    // Some of their lengths and kinds only a full decode takes as Wireshark does.
    headers.marks |= Mark.deeper;
    const header = next;
    next = u8(bytes, at);
    let length = (u8(bytes, at + 1) + 1) * 8;
    if (header === FRAGMENT) {
      length = 8;
      headers.fragmentAt = at;
      const fragment = u16(bytes, at + 2);
      if (fragment >> 3 !== 0) {
        headers.protocol = next;
        headers.advanceToTransport(at + length);
        headers.marks |= Mark.laterFragment;
        return Step.done;
      }
      if ((fragment & 1) !== 0) headers.marks |= Mark.firstFragment;
    } else if (header === AUTHENTICATION) {
      length = (u8(bytes, at + 1) + 2) * 4;
    }
    if (at + length > headers.end) {
      headers.protocol = next;
      return headers.cut(at + length);
    }
    headers.advanceToTransport(at + length);
  }
  headers.protocol = next;
  return stepOfIpProtocol(next);
}

function isExtension(protocol: number): boolean {
  return (
    protocol === HOP_BY_HOP ||
    protocol === ROUTING ||
    protocol === FRAGMENT ||
    protocol === AUTHENTICATION ||
    protocol === DESTINATION_OPTIONS ||
    protocol === MOBILITY
  );
}
