// The OPT record and its options: RFC 6891, 5001 (name server identifier), 6975 (algorithms understood), 7871 (client
// subnet), 7873 (cookies), 7828 (keepalive), 7830 (padding), 7901 (chain), 8914 (extended errors).
import type { Dissection } from './dissection.ts';
import { readName, type DnsMessage } from './dns-name.ts';
import { EDNS_OPTION_WORDS } from './dns-words.ts';
import { field, type Field } from './field.ts';

const PAYLOAD_SIZE = field('dns.rr.udp_payload_size', 'Longest UDP payload', 'uint');
const EXTENDED_RCODE = field('dns.resp.ext_rcode', 'Higher bits of the response code', 'uint', {
  hexDigits: 2,
});
const VERSION = field('dns.resp.edns0_version', 'EDNS version', 'uint');
const Z = field('dns.resp.z', 'Flags', 'uint', { hexDigits: 4 });
const DNSSEC_OK = field('dns.resp.z.do', 'DNSSEC answers accepted', 'boolean');
const RESERVED = field('dns.resp.z.reserved', 'Reserved', 'uint', { hexDigits: 4 });

const OPTION = field('dns.opt', 'Option', 'none');
const CODE = field('dns.opt.code', 'Option', 'uint', { words: EDNS_OPTION_WORDS });
const LENGTH = field('dns.opt.len', 'Length', 'uint');
const VALUE = field('dns.opt.data', 'Value', 'bytes');
const DAU = field('dns.opt.dau', 'DNSSEC algorithm', 'uint');
const DHU = field('dns.opt.dhu', 'DS hash', 'uint');
const N3U = field('dns.opt.n3u', 'NSEC3 hash', 'uint');
const FAMILY = field('dns.opt.client.family', 'Address family', 'uint', { words: { 1: 'IPv4', 2: 'IPv6' } });
const NETMASK = field('dns.opt.client.netmask', 'Source prefix length', 'uint');
const SCOPE = field('dns.opt.client.scope', 'Scope prefix length', 'uint');
const SUBNET = field('dns.opt.client.addr', 'Client subnet', 'bytes');
const SUBNET_4 = field('dns.opt.client.addr4', 'Client subnet', 'ipv4');
const SUBNET_6 = field('dns.opt.client.addr6', 'Client subnet', 'ipv6');
const CLIENT_COOKIE = field('dns.opt.cookie.client', 'Client cookie', 'bytes');
const SERVER_COOKIE = field('dns.opt.cookie.server', 'Server cookie', 'bytes');
const KEEPALIVE = field('dns.opt.edns_tcp_keepalive.timeout', 'Timeout in 100 ms', 'uint');
const PADDING = field('dns.opt.padding', 'Padding', 'bytes');
const CHAIN = field('dns.opt.chain.fqdn', 'Closest trust point', 'text');
const ERROR_CODE = field('dns.opt.ext_error.info_code', 'Error', 'uint');
const ERROR_TEXT = field('dns.opt.ext_error.extra_text', 'Text', 'text');

export const FIELDS = [
  PAYLOAD_SIZE,
  EXTENDED_RCODE,
  VERSION,
  Z,
  DNSSEC_OK,
  RESERVED,
  OPTION,
  CODE,
  LENGTH,
  VALUE,
  DAU,
  DHU,
  N3U,
  FAMILY,
  NETMASK,
  SCOPE,
  SUBNET,
  SUBNET_4,
  SUBNET_6,
  CLIENT_COOKIE,
  SERVER_COOKIE,
  KEEPALIVE,
  PADDING,
  CHAIN,
  ERROR_CODE,
  ERROR_TEXT,
];

const CLIENT_COOKIE_BYTES = 8;

/** What stands where other records have class and time to live. `topBit`: what multicast DNS has in the class, if it is that. */
export function addOptHeader(d: Dissection, at: number, topBit: Field | null): void {
  if (topBit === null) {
    d.uint(PAYLOAD_SIZE, at, 2);
  } else {
    d.bits(PAYLOAD_SIZE, at, 2, 0x7fff);
    d.bits(topBit, at, 2, 0x8000);
  }
  d.uint(EXTENDED_RCODE, at + 2, 1);
  d.uint(VERSION, at + 3, 1);
  d.uint(Z, at + 4, 2);
  d.open();
  d.bits(DNSSEC_OK, at + 4, 2, 0x8000);
  d.bits(RESERVED, at + 4, 2, 0x7fff);
  d.close();
}

export function addOptions(message: DnsMessage, at: number, end: number): void {
  const { d } = message;
  for (let next = at; next < end;) {
    d.reading(CODE);
    const length = d.u16(next + 2);
    d.add(OPTION, next, 4 + length, null);
    d.open();
    const code = d.uint(CODE, next, 2);
    d.uint(LENGTH, next + 2, 2);
    d.view(VALUE, next + 4, length);
    d.open();
    addValue(message, code, next + 4, length);
    d.close();
    d.close();
    next += 4 + length;
  }
}

function addValue(message: DnsMessage, code: number, at: number, length: number): void {
  const { d } = message;
  switch (code) {
    case 5:
    case 6:
    case 7:
      for (let index = 0; index < length; index += 1)
        d.uint(code === 5 ? DAU : code === 6 ? DHU : N3U, at + index, 1);
      return;
    case 8:
      addClientSubnet(d, at, length);
      return;
    case 10:
      d.view(CLIENT_COOKIE, at, CLIENT_COOKIE_BYTES);
      d.view(SERVER_COOKIE, at + CLIENT_COOKIE_BYTES, Math.max(0, length - CLIENT_COOKIE_BYTES));
      return;
    case 11:
      if (length === 2) d.uint(KEEPALIVE, at, 2);
      return;
    case 12:
      d.view(PADDING, at, length);
      return;
    case 13:
      if (length > 0) d.add(CHAIN, at, length, readName(message, at).text);
      return;
    case 15:
      if (length < 2) return;
      d.uint(ERROR_CODE, at, 2);
      if (length > 2) d.text(ERROR_TEXT, at + 2, length - 2);
      return;
    default:
  }
}

/** The address is cut behind its prefix; what is left out is zeros (RFC 7871 §6). */
function addClientSubnet(d: Dissection, at: number, length: number): void {
  if (length < 4) return;
  const family = d.uint(FAMILY, at, 2);
  d.uint(NETMASK, at + 2, 1);
  d.uint(SCOPE, at + 3, 1);
  const given = length - 4;
  const whole = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (whole === 0 || given > whole) {
    if (given > 0) d.view(SUBNET, at + 4, given);
    return;
  }
  const address = new Uint8Array(whole);
  address.set(d.bytes(at + 4, given));
  d.add(family === 1 ? SUBNET_4 : SUBNET_6, at + 4, given, address);
}
