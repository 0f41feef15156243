// IPv4 (RFC 791).
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { stepOfIpProtocol } from './ip-protocol.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 20;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

export function dissectIpv4(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  if (at + HEADER_BYTES > headers.end) return headers.cut(at + HEADER_BYTES);
  const first = u8(bytes, at);
  const headerLength = (first & 15) * 4;
  if (first >> 4 !== 4 || headerLength < HEADER_BYTES) return headers.broken();
  headers.layers |= Layer.ip;
  headers.beginFlow(4, AddressKind.ipv4, at + 12, at + 16);
  const protocol = u8(bytes, at + 9);
  headers.protocol = protocol;
  // 0: the card cuts it later (segmentation offload), and the length is not known yet.
  const totalLength = u16(bytes, at + 2);
  if (totalLength !== 0) {
    if (totalLength < headerLength) return headers.broken();
    // What follows the packet is Ethernet's padding.
    headers.limit(at + totalLength);
  }
  const start = at + headerLength;
  if (start > headers.end) return headers.cut(start);
  headers.advanceToTransport(start);
  // A source route among the options has the packet's real destination.
  if (headerLength > HEADER_BYTES) headers.marks |= Mark.deeper;
  const fragment = u16(bytes, at + 6);
  if ((fragment & FRAGMENT_OFFSET) !== 0) {
    headers.marks |= Mark.laterFragment;
    return Step.done;
  }
  if ((fragment & MORE_FRAGMENTS) !== 0) headers.marks |= Mark.firstFragment;
  return stepOfIpProtocol(protocol);
}
