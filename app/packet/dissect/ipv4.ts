// IPv4 (RFC 791).
import { field } from './field.ts';
import type { Dissection } from './dissection.ts';

const IP = field('ip', 'Internet Protocol version 4', 'protocol');
const VERSION = field('ip.version', 'Version', 'uint');
const HDR_LEN = field('ip.hdr_len', 'Header length', 'uint');
const LEN = field('ip.len', 'Total length', 'uint');
const ID = field('ip.id', 'Identification', 'uint', { hexDigits: 4 });
const TTL = field('ip.ttl', 'Time to live', 'uint');
const PROTO = field('ip.proto', 'Protocol', 'uint', { words: { 1: 'ICMP', 6: 'TCP', 17: 'UDP' } });
const SRC = field('ip.src', 'Source address', 'ipv4');
const DST = field('ip.dst', 'Destination address', 'ipv4');

export const FIELDS = [IP, VERSION, HDR_LEN, LEN, ID, TTL, PROTO, SRC, DST];

const HEADER_BYTES = 20;

export function dissectIpv4(d: Dissection, at: number, end: number): void {
  d.layer(IP, at, HEADER_BYTES);
  d.bits(VERSION, at, 1, 0xf0);
  const headerLength = (d.u8(at) & 0x0f) * 4;
  d.add(HDR_LEN, at, 1, headerLength);
  const length = d.uint(LEN, at + 2, 2);
  d.uint(ID, at + 4, 2);
  d.uint(TTL, at + 8, 1);
  const protocol = d.uint(PROTO, at + 9, 1);
  d.ipv4(SRC, at + 12);
  d.ipv4(DST, at + 16);
  d.addressesAt = at + 12;
  d.addressBytes = 4;
  d.next('ipProtocol', protocol, at + headerLength, length === 0 ? end : at + length);
}
