// LINUX_SLL (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html): 16 bytes instead of a link header.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import { NOWHERE, type PacketHeaders } from './packet-headers.ts';
import { stepOfEtherType } from './ether-type.ts';
import type { Step } from './steps.ts';

const HEADER_BYTES = 16;
const MAC_BYTES = 6;

export function dissectSll(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.sll;
  headers.packetType = u16(bytes, at);
  if (u16(bytes, at + 4) === MAC_BYTES) headers.linkAddresses(at + 6, NOWHERE);
  headers.advance(start);
  return stepOfEtherType(u16(bytes, at + 14));
}
