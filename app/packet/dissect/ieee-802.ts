// Length or type (IEEE 802.3 §3.2.6): below 1536 it is a length, and what follows is LLC (IEEE 802.2), or IPX where Novell
// left LLC out. Headers that have such a number read on from here.
import type { Dissection } from './dissection.ts';
import { Link } from './numbers.ts';

export const LONGEST_LENGTH = 1500;
const RAW_IPX = 0xffff;

/** What a VLAN tag, too, begins: a frame whose length was read. */
export function readOnByLength(d: Dissection, length: number, at: number, end: number): void {
  const limit = Math.min(end, at + length);
  const ipx = d.has(at, 2) && d.u16(at) === RAW_IPX;
  d.limit(limit);
  if (ipx) d.next('data', 0, at, limit);
  else d.next('linkType', Link.llc, at, limit);
}
