// Neighbour discovery (RFC 4861): who is at an address, who routes, what the prefixes are; its options with those of
// RFC 3971, RFC 4191, RFC 6275 and RFC 8106.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { CONTENT, RESERVED } from './icmpv6-reserved.ts';
import { MALFORMED } from './marks.ts';

const PREFERENCE_WORDS = { 0: 'Medium', 1: 'High', 2: 'Reserved', 3: 'Low' };
const OPTION_WORDS = {
  1: 'Source link address',
  2: 'Target link address',
  3: 'Prefix',
  4: 'Redirected packet',
  5: 'MTU',
  7: 'Advertisement interval',
  8: 'Home agent',
  14: 'Nonce',
  24: 'Route',
  25: 'DNS servers',
  31: 'DNS search list',
};

const HOP_LIMIT = field('icmpv6.nd.ra.cur_hop_limit', 'Hop limit to use', 'uint');
const RA_FLAG = field('icmpv6.nd.ra.flag', 'Flags', 'uint', { hexDigits: 2 });
const MANAGED = field('icmpv6.nd.ra.flag.m', 'Addresses by DHCP', 'boolean');
const OTHER = field('icmpv6.nd.ra.flag.o', 'Other settings by DHCP', 'boolean');
const HOME_AGENT = field('icmpv6.nd.ra.flag.h', 'Home agent', 'boolean');
const PREFERENCE = field('icmpv6.nd.ra.flag.prf', 'Preference', 'uint', { words: PREFERENCE_WORDS });
const PROXY = field('icmpv6.nd.ra.flag.p', 'Proxied', 'boolean');
const LIFETIME = field('icmpv6.nd.ra.router_lifetime', 'Lifetime as a router, in seconds', 'uint');
const REACHABLE = field('icmpv6.nd.ra.reachable_time', 'Reachable time, in ms', 'uint');
const RETRANS = field('icmpv6.nd.ra.retrans_timer', 'Time between solicitations, in ms', 'uint');
const NS_TARGET = field('icmpv6.nd.ns.target_address', 'Target', 'ipv6');
const NA_FLAG = field('icmpv6.nd.na.flag', 'Flags', 'uint', { hexDigits: 8 });
const ROUTER = field('icmpv6.nd.na.flag.r', 'Router', 'boolean');
const SOLICITED = field('icmpv6.nd.na.flag.s', 'Solicited', 'boolean');
const OVERRIDE = field('icmpv6.nd.na.flag.o', 'Override', 'boolean');
const NA_TARGET = field('icmpv6.nd.na.target_address', 'Target', 'ipv6');
const REDIRECT_TARGET = field('icmpv6.nd.rd.target_address', 'Better next hop', 'ipv6');
const REDIRECT_DESTINATION = field('icmpv6.rd.na.destination_address', 'Destination', 'ipv6');

const OPT = field('icmpv6.opt', 'Option', 'none');
const OPT_TYPE = field('icmpv6.opt.type', 'Type', 'uint', { words: OPTION_WORDS });
const OPT_LENGTH = field('icmpv6.opt.length', 'Length, in 8 bytes', 'uint');
const SOURCE_LINK = field('icmpv6.opt.src_linkaddr', 'Source link address', 'mac');
const TARGET_LINK = field('icmpv6.opt.target_linkaddr', 'Target link address', 'mac');
const LINK = field('icmpv6.opt.linkaddr', 'Link address', 'mac');
const PREFIX_LENGTH = field('icmpv6.opt.prefix.length', 'Prefix length', 'uint');
const PREFIX_FLAG = field('icmpv6.opt.prefix.flag', 'Flags', 'uint', { hexDigits: 2 });
const ON_LINK = field('icmpv6.opt.prefix.flag.l', 'On the link', 'boolean');
const AUTONOMOUS = field('icmpv6.opt.prefix.flag.a', 'For addresses', 'boolean');
const VALID = field('icmpv6.opt.prefix.valid_lifetime', 'Valid, in seconds', 'uint');
const PREFERRED = field('icmpv6.opt.prefix.preferred_lifetime', 'Preferred, in seconds', 'uint');
const PREFIX = field('icmpv6.opt.prefix', 'Prefix', 'ipv6');
const MTU = field('icmpv6.opt.mtu', 'MTU', 'uint');
const NONCE = field('icmpv6.opt.nonce', 'Nonce', 'bytes');
const ROUTE_LIFETIME = field('icmpv6.opt.route_lifetime', 'Valid, in seconds', 'uint');
const DNS_LIFETIME = field('icmpv6.opt.rdnss.lifetime', 'Valid, in seconds', 'uint');
const DNS = field('icmpv6.opt.rdnss', 'DNS server', 'ipv6');

export const FIELDS = [
  ...[HOP_LIMIT, RA_FLAG, MANAGED, OTHER, HOME_AGENT, PREFERENCE, PROXY, LIFETIME, REACHABLE, RETRANS],
  ...[NS_TARGET, NA_FLAG, ROUTER, SOLICITED, OVERRIDE, NA_TARGET, REDIRECT_TARGET, REDIRECT_DESTINATION],
  ...[OPT, OPT_TYPE, OPT_LENGTH, LINK, SOURCE_LINK, TARGET_LINK, PREFIX_LENGTH, PREFIX_FLAG, ON_LINK],
  ...[AUTONOMOUS, VALID, PREFERRED, PREFIX, MTU, NONCE, ROUTE_LIFETIME, DNS_LIFETIME, DNS, CONTENT],
];

const IPV6 = 0x86dd;
const UNIT = 8;

/** @param at behind the checksum. */
export function addDiscovery(d: Dissection, type: number, at: number, end: number): void {
  if (type === 134) {
    addRouter(d, at);
    addOptions(d, at + 12, end);
  } else if (type === 136) {
    d.uint(NA_FLAG, at, 4);
    d.open();
    d.bits(ROUTER, at, 1, 0x80);
    d.bits(SOLICITED, at, 1, 0x40);
    d.bits(OVERRIDE, at, 1, 0x20);
    d.close();
    d.ipv6(NA_TARGET, at + 4);
    addOptions(d, at + 20, end);
  } else {
    d.view(RESERVED, at, 4);
    if (type === 135) d.ipv6(NS_TARGET, at + 4);
    if (type === 137) {
      d.ipv6(REDIRECT_TARGET, at + 4);
      d.ipv6(REDIRECT_DESTINATION, at + 20);
    }
    addOptions(d, at + (type === 137 ? 36 : type === 135 ? 20 : 4), end);
  }
}

function addRouter(d: Dissection, at: number): void {
  d.uint(HOP_LIMIT, at, 1);
  d.uint(RA_FLAG, at + 1, 1);
  d.open();
  d.bits(MANAGED, at + 1, 1, 0x80);
  d.bits(OTHER, at + 1, 1, 0x40);
  d.bits(HOME_AGENT, at + 1, 1, 0x20);
  d.bits(PREFERENCE, at + 1, 1, 0x18);
  d.bits(PROXY, at + 1, 1, 0x04);
  d.close();
  d.uint(LIFETIME, at + 2, 2);
  d.uint(REACHABLE, at + 4, 4);
  d.uint(RETRANS, at + 8, 4);
}

function addOptions(d: Dissection, at: number, end: number): void {
  let from = at;
  while (from < end) {
    d.add(OPT, from, UNIT, null);
    d.open();
    d.need(from, 2);
    const type = d.uint(OPT_TYPE, from, 1);
    const units = d.uint(OPT_LENGTH, from + 1, 1);
    if (units === 0) {
      d.add(MALFORMED, from + 1, 1, null);
      d.say('Malformed: an option of length 0');
      return;
    }
    addOption(d, type, from, from + units * UNIT);
    d.close();
    from += units * UNIT;
  }
}

function addOption(d: Dissection, type: number, at: number, end: number): void {
  const body = at + 2;
  switch (type) {
    case 1:
    case 2:
      linkAddress(d, type === 1 ? SOURCE_LINK : TARGET_LINK, body, end);
      break;
    case 3:
      d.uint(PREFIX_LENGTH, body, 1);
      d.uint(PREFIX_FLAG, body + 1, 1);
      d.open();
      d.bits(ON_LINK, body + 1, 1, 0x80);
      d.bits(AUTONOMOUS, body + 1, 1, 0x40);
      d.close();
      d.uint(VALID, body + 2, 4);
      d.uint(PREFERRED, body + 6, 4);
      d.ipv6(PREFIX, body + 14);
      break;
    case 4:
      // Behind it, nothing: the packet goes to the option's end.
      d.quoted = true;
      d.next('etherType', IPV6, body + 6, end);
      break;
    case 5:
      d.uint(MTU, body + 2, 4);
      break;
    case 14:
      d.view(NONCE, body, end - body);
      break;
    case 24:
      d.uint(PREFIX_LENGTH, body, 1);
      d.uint(ROUTE_LIFETIME, body + 2, 4);
      addPrefix(d, body + 6, end);
      break;
    case 25:
      d.uint(DNS_LIFETIME, body + 2, 4);
      for (let from = body + 6; from + 16 <= end; from += 16) d.ipv6(DNS, from);
      break;
    case 7:
    case 8:
    case 31:
      d.need(body, end - body);
      break;
    default:
      d.view(CONTENT, body, end - body);
  }
}

/** As many bytes of it as are not zeros. */
function addPrefix(d: Dissection, at: number, end: number): void {
  const bytes = d.bytes(at, Math.min(16, end - at));
  if (bytes.length === 0 || !d.wants(PREFIX)) return;
  const address = new Uint8Array(16);
  address.set(bytes);
  d.add(PREFIX, at, bytes.length, address);
}

function linkAddress(d: Dissection, of: Field, at: number, end: number): void {
  d.reading(of);
  d.need(at, end - at);
  d.mac(LINK, at);
  d.mac(of, at);
}
