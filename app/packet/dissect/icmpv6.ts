// ICMPv6 (RFC 4443), with neighbour discovery (RFC 4861) and multicast listeners (RFC 2710, RFC 3810).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { addIcmpExtensions } from './icmp-extensions.ts';
import { ICMPV6_TYPE_WORDS, icmpv6CodeWords } from './icmp-words.ts';
import { addListeners, FIELDS as LISTENER_FIELDS } from './mld.ts';
import { addDiscovery, FIELDS as DISCOVERY_FIELDS } from './ndp.ts';
import { CONTENT, RESERVED } from './icmpv6-reserved.ts';

const ICMPV6 = field('icmpv6', 'ICMPv6', 'protocol');
const TYPE = field('icmpv6.type', 'Type', 'uint', { words: ICMPV6_TYPE_WORDS });
const CODE = field('icmpv6.code', 'Code', 'uint');
const CHECKSUM = field('icmpv6.checksum', 'Checksum', 'uint', { hexDigits: 4 });
const IDENTIFIER = field('icmpv6.echo.identifier', 'Identifier', 'uint', { hexDigits: 4 });
const SEQUENCE = field('icmpv6.echo.sequence_number', 'Sequence number', 'uint');
const MTU = field('icmpv6.mtu', 'MTU of the next hop', 'uint');
const POINTER = field('icmpv6.pointer', 'Pointer to the mistake', 'uint');

export const FIELDS = [
  ...[ICMPV6, TYPE, CODE, CHECKSUM, IDENTIFIER, SEQUENCE, MTU, POINTER, RESERVED],
  ...[...DISCOVERY_FIELDS, ...LISTENER_FIELDS],
];

const HEADER_BYTES = 4;
const IPV6 = 0x86dd;

export function dissectIcmpv6(d: Dissection, at: number, end: number): void {
  d.layer(ICMPV6, at, HEADER_BYTES);
  const type = d.uint(TYPE, at, 1);
  const code = d.uint(CODE, at + 1, 1);
  const words = icmpv6CodeWords(type, code);
  if (words !== null) d.say(`Code: ${code}, ${words}`);
  d.uint(CHECKSUM, at + 2, 2);
  const body = at + HEADER_BYTES;
  switch (type) {
    case 1:
    case 3:
      d.view(RESERVED, body, 4);
      quote(d, body + 4, end);
      break;
    case 2:
      d.uint(MTU, body, 4);
      quote(d, body + 4, end);
      break;
    case 4:
      d.uint(POINTER, body, 4);
      quote(d, body + 4, end);
      break;
    case 128:
    case 129:
      d.uint(IDENTIFIER, body, 2);
      d.uint(SEQUENCE, body + 2, 2);
      d.next('data', 0, body + 4, end);
      break;
    case 160:
      d.uint(IDENTIFIER, body, 2);
      addIcmpExtensions(d, body + 4, end);
      break;
    case 161:
      d.uint(IDENTIFIER, body, 2);
      break;
    case 130:
    case 131:
    case 132:
    case 143:
      addListeners(d, type, body, end);
      break;
    case 141:
    case 142:
    case 133:
    case 134:
    case 135:
    case 136:
    case 137:
      addDiscovery(d, type, body, end);
      break;
    case 138:
    case 139:
    case 140:
    case 144:
    case 145:
    case 146:
    case 147:
    case 155:
      d.next('data', 0, body, end);
      break;
    default:
      if (body < d.captureEnd) d.view(CONTENT, body, d.captureEnd - body);
  }
}

function quote(d: Dissection, at: number, end: number): void {
  d.quoted = true;
  d.next('etherType', IPV6, at, end);
}
