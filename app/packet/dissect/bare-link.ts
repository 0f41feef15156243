// Links with hardly a header (https://www.tcpdump.org/linktypes): NULL and LOOP say the address family, RAW not even that.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { ETHER_TYPE_WORDS, Link } from './numbers.ts';

const FAMILY_WORDS = { 2: 'IPv4', 24: 'IPv6', 28: 'IPv6', 30: 'IPv6' };

const NULL = field('null', 'Loopback', 'protocol');
const FAMILY = field('null.family', 'Address family', 'uint', { words: FAMILY_WORDS });
const TYPE = field('null.type', 'EtherType', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const RAW = field('raw', 'Packet without a link header', 'protocol');

export const FIELDS = [NULL, FAMILY, TYPE, RAW];

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const PPP = 0xff03;
/** AF_INET everywhere; AF_INET6 of NetBSD and OpenBSD, FreeBSD, macOS. */
const ETHER_TYPE_OF_FAMILY = new Map([
  [2, IPV4],
  [24, IPV6],
  [28, IPV6],
  [30, IPV6],
]);
const LOWEST_TYPE = 0x0600;

/** The family is in the byte order of who captured, and some wrote an EtherType or PPP. */
export function dissectNull(d: Dissection, at: number, end: number): void {
  if (d.has(at, 2) && d.u16(at) === PPP) {
    d.next('linkType', Link.ppp, at, end);
    return;
  }
  d.layer(NULL, at, 4);
  d.reading(FAMILY);
  const word = d.u32(at);
  // Families and types are below 65,536: what is above was written by the other kind of machine.
  readFamily(d, word > 0xffff ? swapped(word) : word, at, end);
}

export function dissectLoop(d: Dissection, at: number, end: number): void {
  d.layer(NULL, at, 4);
  d.reading(FAMILY);
  const family = d.u32(at);
  d.add(FAMILY, at, 4, family);
  nextOfFamily(d, family, at + 4, end);
}

function readFamily(d: Dissection, value: number, at: number, end: number): void {
  if (value >= LOWEST_TYPE && value <= 0xffff) {
    d.add(TYPE, at, 4, value);
    d.next('etherType', value, at + 4, end);
    return;
  }
  d.add(FAMILY, at, 4, value);
  nextOfFamily(d, value, at + 4, end);
}

function nextOfFamily(d: Dissection, family: number, at: number, end: number): void {
  const type = ETHER_TYPE_OF_FAMILY.get(family);
  if (type === undefined) d.next('data', 0, at, end);
  else d.next('etherType', type, at, end);
}

function swapped(word: number): number {
  return ((word & 0xff) * 0x1000000 + ((word & 0xff00) << 8) + ((word >>> 8) & 0xff00) + (word >>> 24)) >>> 0;
}

export function dissectRaw(d: Dissection, at: number, end: number): void {
  d.layer(RAW, at, end - at);
  if (d.has(at, 2) && d.u16(at) === PPP) {
    d.next('linkType', Link.ppp, at, end);
    return;
  }
  d.reading(RAW);
  d.need(at, 8);
  dissectIp(d, at, end);
}

/** IPv4 or IPv6, as its first bits say. */
export function dissectIp(d: Dissection, at: number, end: number): void {
  const version = d.u8(at) >> 4;
  if (version === 4) d.next('etherType', IPV4, at, end);
  else if (version === 6) d.next('etherType', IPV6, at, end);
  else d.next('data', 0, at, end);
}
