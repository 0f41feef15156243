// LINKTYPE_NULL and LINKTYPE_LOOP: the address family in four bytes, in the byte order of the machine that captured or
// of the network.
import { u32 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import { stepOfEtherType } from './ether-type.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 4;
const AF_INET = 2;
/** NetBSD and OpenBSD; FreeBSD; macOS. */
const AF_INET6: readonly number[] = [24, 28, 30];
const LOWEST_ETHER_TYPE = 0x0600;

export function dissectNull(headers: PacketHeaders): Step {
  return dissectFamily(headers, true);
}

export function dissectLoop(headers: PacketHeaders): Step {
  return dissectFamily(headers, false);
}

function dissectFamily(headers: PacketHeaders, anyOrder: boolean): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.null;
  headers.advance(start);
  const word = u32(bytes, at);
  // Families are below 2^16: what is above was written by the other kind of machine.
  const family = anyOrder && word > 0xffff ? swapped(word) : word;
  if (family === AF_INET) return Step.ipv4;
  if (AF_INET6.includes(family)) return Step.ipv6;
  // Some wrote an EtherType.
  return anyOrder && family >= LOWEST_ETHER_TYPE && family <= 0xffff ? stepOfEtherType(family) : Step.unread;
}

function swapped(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)) >>> 0;
}
