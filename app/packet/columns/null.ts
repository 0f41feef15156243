// LINKTYPE_NULL and LINKTYPE_LOOP: the address family in four bytes, in the byte order of the machine that captured or
// of the network. Families below 2^16 tell which.
import { u32 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 4;
const AF_INET = 2;
/** Linux; NetBSD and OpenBSD; FreeBSD; macOS. */
const AF_INET6 = [10, 24, 28, 30];

export function dissectNull(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.null;
  headers.advance(start);
  const word = u32(bytes, at);
  const family = word > 0xffff ? swapped(word) : word;
  if (family === AF_INET) return Step.ipv4;
  return AF_INET6.includes(family) ? Step.ipv6 : Step.done;
}

function swapped(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24)) >>> 0;
}
