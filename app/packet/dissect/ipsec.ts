// IPsec: the authentication header (RFC 4302), behind which reading goes on, and ESP (RFC 4303), which hides what it holds;
// also in UDP (RFC 3948).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { MALFORMED } from './marks.ts';
import { IP_PROTOCOL_WORDS } from './numbers.ts';

const AH = field('ah', 'Authentication header', 'protocol');
const AH_NEXT = field('ah.next_header', 'Next header', 'uint', { words: IP_PROTOCOL_WORDS });
const AH_LENGTH = field('ah.length', 'Length, in 4 bytes beyond the first 8', 'uint');
const AH_RESERVED = field('ah.reserved', 'Reserved', 'bytes');
const AH_SPI = field('ah.spi', 'Security parameters index', 'uint', { hexDigits: 8 });
const AH_SEQUENCE = field('ah.sequence', 'Sequence number', 'uint');
const AH_ICV = field('ah.icv', 'Integrity check value', 'bytes');

const ESP = field('esp', 'Encapsulating security payload', 'protocol');
const ESP_SPI = field('esp.spi', 'Security parameters index', 'uint', { hexDigits: 8 });
const ESP_SEQUENCE = field('esp.sequence', 'Sequence number', 'uint');
const UDPENCAP = field('udpencap', 'IPsec in UDP', 'protocol');
const KEEPALIVE = field('udpencap.nat_keepalive', 'Keepalive', 'none');

export const FIELDS = [
  ...[AH, AH_NEXT, AH_LENGTH, AH_RESERVED, AH_SPI, AH_SEQUENCE, AH_ICV],
  ...[ESP, ESP_SPI, ESP_SEQUENCE, UDPENCAP, KEEPALIVE],
];

const AH_FIXED_BYTES = 12;

export function dissectAh(d: Dissection, at: number, end: number): void {
  d.layer(AH, at, AH_FIXED_BYTES);
  d.reading(AH_LENGTH);
  d.need(at, 2);
  const next = d.uint(AH_NEXT, at, 1);
  const bytes = (d.uint(AH_LENGTH, at + 1, 1) + 2) * 4;
  d.view(AH_RESERVED, at + 2, 2);
  d.uint(AH_SPI, at + 4, 4);
  d.uint(AH_SEQUENCE, at + 8, 4);
  if (bytes < AH_FIXED_BYTES) {
    d.add(MALFORMED, at + 1, 1, null);
    d.say(`Malformed: a header of ${bytes} bytes, and none is shorter than 12`);
    return;
  }
  if (bytes > AH_FIXED_BYTES) d.view(AH_ICV, at + AH_FIXED_BYTES, bytes - AH_FIXED_BYTES);
  d.next('ipProtocol', next, at + bytes, end);
}

export function dissectEsp(d: Dissection, at: number, end: number): void {
  d.layer(ESP, at, end - at);
  d.uint(ESP_SPI, at, 4);
  d.uint(ESP_SEQUENCE, at + 4, 4);
}

/** On port 4500 a single byte keeps the way through a NAT open; four bytes of 0 tell key exchange from ESP. */
export function dissectEspInUdp(d: Dissection, at: number, end: number): void {
  d.layer(UDPENCAP, at, end - at);
  if (end - at === 1 && d.u8(at) === 0xff) d.add(KEEPALIVE, at, 1, null);
  else if (d.u32(at) !== 0) d.next('ipProtocol', 50, at, end);
  else d.next('data', 0, at + 4, end);
}
