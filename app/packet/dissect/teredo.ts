// Teredo (RFC 4380): IPv6 in UDP, perhaps behind a word on who sent it.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const TEREDO = field('teredo', 'Teredo', 'protocol');
const ORIGIN_PORT = field('teredo.orig.port', 'Port of the origin', 'uint');
const ORIGIN = field('teredo.orig.addr', 'Address of the origin', 'ipv4');

export const FIELDS = [TEREDO, ORIGIN_PORT, ORIGIN];

const AUTHENTICATION = 0x0001;
const ORIGIN_INDICATION = 0x0000;
const IPV6 = 0x86dd;

export function dissectTeredo(d: Dissection, at: number, end: number): void {
  d.layer(TEREDO, at, end - at);
  let from = at;
  if (d.u16(from) === AUTHENTICATION) from += 13 + d.u8(from + 2) + d.u8(from + 3);
  if (d.u16(from) === ORIGIN_INDICATION) {
    // Both are sent with every bit turned over, so that no NAT puts others in their place.
    d.add(ORIGIN_PORT, from + 2, 2, d.u16(from + 2) ^ 0xffff);
    d.need(from + 4, 4);
    if (d.wants(ORIGIN))
      d.add(
        ORIGIN,
        from + 4,
        4,
        Uint8Array.from({ length: 4 }, (_, index) => d.u8(from + 4 + index) ^ 0xff),
      );
    from += 8;
  }
  d.next('etherType', IPV6, from, end);
}
