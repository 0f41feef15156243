// LINUX_SLL2 (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html): 20 bytes, of which `-i any` tells the interface.
import { u16, u32, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import { NOWHERE, type PacketHeaders } from './packet-headers.ts';
import { stepOfEtherType } from './ether-type.ts';
import type { Step } from './steps.ts';

const HEADER_BYTES = 20;
const MAC_BYTES = 6;

export function dissectSll2(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.sll;
  headers.ifindex = u32(bytes, at + 4);
  headers.packetType = u8(bytes, at + 10);
  if (u8(bytes, at + 11) === MAC_BYTES) headers.linkAddresses(at + 12, NOWHERE);
  headers.advance(start);
  return stepOfEtherType(u16(bytes, at));
}
