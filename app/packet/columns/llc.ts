// IEEE 802.2 LLC where a length stands in an EtherType's place; SNAP (RFC 1042) gives the EtherType after all.
import { u16, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { stepOfEtherType } from './ether-type.ts';
import { Step } from './steps.ts';

/** What is no greater is a length (IEEE 802.3 §3.2.6). */
export const MAX_LENGTH = 1500;
const HEADER_BYTES = 3;
const SNAP_HEADER_BYTES = 8;
const SNAP = 0xaaaa;
const UNNUMBERED = 3;

export function dissectLlc(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  if (at + HEADER_BYTES > headers.end) return headers.cut(at + HEADER_BYTES);
  headers.layers |= Layer.llc;
  if (u16(bytes, at) !== SNAP || u8(bytes, at + 2) !== UNNUMBERED) return Step.unread;
  const start = at + SNAP_HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.advance(start);
  // An organization of 0: what follows is an EtherType.
  return u16(bytes, at + 3) === 0 && u8(bytes, at + 5) === 0
    ? stepOfEtherType(u16(bytes, at + 6))
    : Step.unread;
}
