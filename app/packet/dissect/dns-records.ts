// What resource records hold, by their type (IANA's Domain Name System parameters names the RFC of each). Most are parts one
// after another, which a table tells; the rest have readers of their own.
import type { Dissection } from './dissection.ts';
import { addOptions, FIELDS as EDNS_FIELDS } from './dns-edns.ts';
import { readName, type DnsMessage } from './dns-name.ts';
import {
  addParts,
  eui48,
  eui64,
  fieldsOf,
  ip4,
  ip6,
  name,
  rest,
  text,
  texts,
  u16,
  u32,
  u8,
  type Part,
} from './dns-parts.ts';
import { addSecurityData, FIELDS as SECURITY_FIELDS, SECURITY_PARTS } from './dns-security.ts';
import { addServiceParameters, FIELDS as SERVICE_FIELDS } from './dns-service.ts';
import { field, type Field } from './field.ts';

const CAA_FLAGS = field('dns.caa.flags', 'Flags', 'uint', { hexDigits: 2 });
const CAA_CRITICAL = field('dns.caa.flags.issuer_critical', 'Critical', 'boolean');
const CAA_TAG_LENGTH = field('dns.caa.tag_length', 'Length of the tag', 'uint');
const CAA_TAG = field('dns.caa.tag', 'Tag', 'text');
const CAA_VALUE = field('dns.caa.value', 'Value', 'text');
const UNKNOWN = field('dns.data', 'Data', 'bytes');
const SRV_SERVICE = field('dns.srv.service', 'Service', 'text');
const SRV_PROTOCOL = field('dns.srv.proto', 'Protocol', 'text');
const SRV_NAME = field('dns.srv.name', 'Domain', 'text');
const SVCB_PRIORITY = field('dns.svcb.svcpriority', 'Priority', 'uint');
const SVCB_TARGET = field('dns.svcb.targetname', 'Target', 'text');
const APL_FAMILY = field('dns.apl.address_family', 'Address family', 'uint');
const APL_PREFIX = field('dns.apl.coded_prefix', 'Prefix length', 'uint');
const APL_NEGATION = field('dns.apl.negation', 'Not', 'boolean');
const APL_LENGTH = field('dns.apl.afdlength', 'Length of the address', 'uint');
const APL_ADDRESS = field('dns.apl.afdpart.data', 'Address', 'bytes');

const A6_PREFIX = field('dns.a6.prefix_len', 'Prefix length', 'uint');
const A6_SUFFIX = field('dns.a6.address_suffix', 'Address suffix', 'ipv6');
const A6_NAME = field('dns.a6.prefix_name', 'Name of the prefix', 'text');

const PARTS = new Map<number, readonly Part[]>([
  ...SECURITY_PARTS,
  [1, [ip4(field('dns.a', 'Address', 'ipv4'))]],
  [2, [name(field('dns.ns', 'Name server', 'text'))]],
  [3, [name(field('dns.md', 'Mail destination', 'text'))]],
  [4, [name(field('dns.mf', 'Mail forwarder', 'text'))]],
  [5, [name(field('dns.cname', 'Canonical name', 'text'))]],
  [
    6,
    [
      name(field('dns.soa.mname', 'Primary name server', 'text')),
      name(field('dns.soa.rname', 'Mailbox of who is responsible', 'text')),
      u32(field('dns.soa.serial_number', 'Serial number', 'uint')),
      u32(field('dns.soa.refresh_interval', 'Refresh after, in seconds', 'uint')),
      u32(field('dns.soa.retry_interval', 'Retry after, in seconds', 'uint')),
      u32(field('dns.soa.expire_limit', 'Expires after, in seconds', 'uint')),
      u32(field('dns.soa.minimum_ttl', 'Minimum time to live in seconds', 'uint')),
    ],
  ],
  [7, [name(field('dns.mb', 'Mailbox', 'text'))]],
  [8, [name(field('dns.mg', 'Mail group member', 'text'))]],
  [9, [name(field('dns.mr', 'Mail rename', 'text'))]],
  [10, [rest(field('dns.null', 'Anything', 'bytes'))]],
  [12, [name(field('dns.ptr.domain_name', 'Name', 'text'))]],
  [
    13,
    [
      text(field('dns.hinfo.cpu_length', 'Length', 'uint'), field('dns.hinfo.cpu', 'CPU', 'text')),
      text(field('dns.hinfo.os_length', 'Length', 'uint'), field('dns.hinfo.os', 'Operating system', 'text')),
    ],
  ],
  [
    14,
    [
      name(field('dns.minfo.r', 'Responsible mailbox', 'text')),
      name(field('dns.minfo.e', 'Error mailbox', 'text')),
    ],
  ],
  [
    15,
    [
      u16(field('dns.mx.preference', 'Preference', 'uint')),
      name(field('dns.mx.mail_exchange', 'Mail exchange', 'text')),
    ],
  ],
  [16, [texts(field('dns.txt.length', 'Length', 'uint'), field('dns.txt', 'Text', 'text'))]],
  [
    17,
    [name(field('dns.rp.mailbox', 'Mailbox', 'text')), name(field('dns.rp.txt_rr', 'Text record', 'text'))],
  ],
  [
    18,
    [
      u16(field('dns.afsdb.subtype', 'Subtype', 'uint')),
      name(field('dns.afsdb.hostname', 'Host name', 'text')),
    ],
  ],
  [28, [ip6(field('dns.aaaa', 'Address', 'ipv6'))]],
  [
    29,
    [
      u8(field('dns.loc.version', 'Version', 'uint')),
      u8(field('dns.loc.size', 'Size', 'uint')),
      u8(field('dns.loc.horizontal_precision', 'Horizontal precision', 'uint')),
      u8(field('dns.loc.vertical_precision', 'Vertical precision', 'uint')),
      u32(field('dns.loc.latitude', 'Latitude', 'uint')),
      u32(field('dns.loc.longitude', 'Longitude', 'uint')),
      u32(field('dns.loc.altitude', 'Altitude', 'uint')),
    ],
  ],
  [
    33,
    [
      u16(field('dns.srv.priority', 'Priority', 'uint')),
      u16(field('dns.srv.weight', 'Weight', 'uint')),
      u16(field('dns.srv.port', 'Port', 'uint')),
      name(field('dns.srv.target', 'Target', 'text')),
    ],
  ],
  [
    35,
    [
      u16(field('dns.naptr.order', 'Order', 'uint')),
      u16(field('dns.naptr.preference', 'Preference', 'uint')),
      text(field('dns.naptr.flags_length', 'Length', 'uint'), field('dns.naptr.flags', 'Flags', 'text')),
      text(
        field('dns.naptr.service_length', 'Length', 'uint'),
        field('dns.naptr.service', 'Service', 'text'),
      ),
      text(
        field('dns.naptr.regex_length', 'Length', 'uint'),
        field('dns.naptr.regex', 'Regular expression', 'text'),
      ),
      name(field('dns.naptr.replacement', 'Replacement', 'text')),
    ],
  ],
  [
    36,
    [
      u16(field('dns.kx.preference', 'Preference', 'uint')),
      name(field('dns.kx.key_exchange', 'Key exchanger', 'text')),
    ],
  ],
  [38, [{ fields: [A6_PREFIX, A6_SUFFIX, A6_NAME], add: addSplitAddress }]],
  [39, [name(field('dns.dname', 'Delegation name', 'text'))]],
  [49, [rest(field('dns.dhcid.rdata', 'DHCP client', 'bytes'))]],
  [64, [u16(SVCB_PRIORITY), name(SVCB_TARGET), { fields: [], add: addServiceParameters }]],
  [65, [u16(SVCB_PRIORITY), name(SVCB_TARGET), { fields: [], add: addServiceParameters }]],
  [99, [texts(field('dns.spf.length', 'Length', 'uint'), field('dns.spf', 'Senders permitted', 'text'))]],
  [108, [eui48(field('dns.eui48', 'Address', 'mac'))]],
  [109, [eui64(field('dns.eui64', 'Address', 'bytes'))]],
]);

export const FIELDS: readonly Field[] = [
  ...fieldsOf(PARTS.values()),
  CAA_FLAGS,
  CAA_CRITICAL,
  CAA_TAG_LENGTH,
  CAA_TAG,
  CAA_VALUE,
  UNKNOWN,
  SRV_SERVICE,
  SRV_PROTOCOL,
  SRV_NAME,
  APL_FAMILY,
  APL_PREFIX,
  APL_NEGATION,
  APL_LENGTH,
  APL_ADDRESS,
  ...SERVICE_FIELDS,
  ...SECURITY_FIELDS,
  ...EDNS_FIELDS,
];

const OPT = 41;
const APL = 42;
const CAA = 257;

/** Data of at least one byte. */
export function addResourceData(message: DnsMessage, type: number, at: number, length: number): void {
  const end = at + length;
  const parts = PARTS.get(type);
  if (parts !== undefined) addParts(message, parts, at, end);
  else if (type === OPT) addOptions(message, at, end);
  else if (type === CAA) addCertificationAuthority(message.d, at, end);
  else if (type === APL) addPrefixes(message.d, at, end);
  else if (!addSecurityData(message, type, at, end)) message.d.view(UNKNOWN, at, length);
}

/** RFC 2782: an owner is `_service._protocol.name`, and stands for the record's name. */
export function addServiceName(d: Dissection, at: number, length: number, owner: string): void {
  const [service = '', protocol, ...domain] = owner.split('.');
  d.add(SRV_SERVICE, at, length, service);
  if (protocol !== undefined) d.add(SRV_PROTOCOL, at, length, protocol);
  if (domain.length > 0) d.add(SRV_NAME, at, length, domain.join('.'));
}

/** RFC 8659 §4.1. */
function addCertificationAuthority(d: Dissection, at: number, end: number): void {
  d.uint(CAA_FLAGS, at, 1);
  d.open();
  d.bits(CAA_CRITICAL, at, 1, 0x80);
  d.close();
  const length = d.uint(CAA_TAG_LENGTH, at + 1, 1);
  d.text(CAA_TAG, at + 2, length);
  d.text(CAA_VALUE, at + 2 + length, end - at - 2 - length);
}

/** RFC 3123 §4. */
function addPrefixes(d: Dissection, at: number, end: number): void {
  for (let next = at; next < end;) {
    d.uint(APL_FAMILY, next, 2);
    d.uint(APL_PREFIX, next + 2, 1);
    d.bits(APL_NEGATION, next + 3, 1, 0x80);
    const length = d.bits(APL_LENGTH, next + 3, 1, 0x7f);
    if (length > 0) d.view(APL_ADDRESS, next + 4, length);
    next += 4 + length;
  }
}

/** RFC 2874 §3.1: the suffix takes only the bytes that the prefix leaves of an address. */
function addSplitAddress(message: DnsMessage, at: number): number {
  const { d } = message;
  const prefix = d.uint(A6_PREFIX, at, 1);
  const left = Math.max(0, 16 - (prefix >> 3));
  const address = new Uint8Array(16);
  address.set(d.bytes(at + 1, left), 16 - left);
  d.add(A6_SUFFIX, at + 1, left, address);
  if (prefix === 0) return at + 1 + left;
  d.reading(A6_NAME);
  const said = readName(message, at + 1 + left);
  d.add(A6_NAME, at + 1 + left, said.length, said.text);
  return at + 1 + left + said.length;
}
