// PPP (RFC 1661, in HDLC's framing RFC 1662) and PPP over Ethernet (RFC 2516).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { Link } from './numbers.ts';

const PROTOCOL_WORDS = {
  0x0021: 'IPv4',
  0x0057: 'IPv6',
  0x0281: 'MPLS',
  0x8021: 'IPv4 control',
  0x8057: 'IPv6 control',
  0x80fd: 'Compression control',
  0xc021: 'Link control',
  0xc023: 'Password authentication',
  0xc223: 'Challenge handshake',
};
const CODE_WORDS = {
  0x00: 'Session',
  0x07: 'Offer',
  0x09: 'Initiation',
  0x19: 'Request',
  0x65: 'Confirmation',
  0xa7: 'Termination',
};

const PPP = field('ppp', 'PPP', 'protocol');
const ADDRESS = field('ppp.address', 'Address', 'uint', { hexDigits: 2 });
const CONTROL = field('ppp.control', 'Control', 'uint', { hexDigits: 2 });
const PROTOCOL = field('ppp.protocol', 'Protocol', 'uint', { hexDigits: 4, words: PROTOCOL_WORDS });

const PPPOES = field('pppoes', 'PPP over Ethernet, session', 'protocol');
const PPPOED = field('pppoed', 'PPP over Ethernet, discovery', 'protocol');
const VERSION = field('pppoe.version', 'Version', 'uint');
const TYPE = field('pppoe.type', 'Type', 'uint');
const CODE = field('pppoe.code', 'Code', 'uint', { hexDigits: 2, words: CODE_WORDS });
const SESSION = field('pppoe.session_id', 'Session', 'uint', { hexDigits: 4 });
const LENGTH = field('pppoe.payload_length', 'Length', 'uint');

export const FIELDS = [
  ...[PPP, ADDRESS, CONTROL, PROTOCOL],
  ...[PPPOES, PPPOED, VERSION, TYPE, CODE, SESSION, LENGTH],
];

const PPPOE_BYTES = 6;
/** Addresses, to one and to all, that are no PPP. */
const CISCO_HDLC: ReadonlySet<number> = new Set([0x0f, 0x8f]);

export function dissectPpp(d: Dissection, at: number, end: number): void {
  if (CISCO_HDLC.has(d.u8(at))) {
    d.next('linkType', Link.ciscoHdlc, at, end);
    return;
  }
  let read = at;
  d.layer(PPP, at, 4);
  // Both sides may have agreed to leave these out.
  if (d.u8(at) === 0xff) {
    d.uint(ADDRESS, at, 1);
    d.uint(CONTROL, at + 1, 1);
    read += 2;
  }
  addPppProtocol(d, read, end);
}

/** The lowest bit of a protocol's last byte is 1: one that is in its first says that there is no other. */
function addPppProtocol(d: Dissection, at: number, end: number): void {
  d.reading(PROTOCOL);
  const length = (d.u8(at) & 1) === 1 ? 1 : 2;
  const protocol = d.uint(PROTOCOL, at, length);
  d.next('ppp', protocol, at + length, end);
}

export function dissectPppoeSession(d: Dissection, at: number, end: number): void {
  d.layer(PPPOES, at, PPPOE_BYTES);
  const length = addPppoe(d, at);
  const payloadAt = at + PPPOE_BYTES;
  d.limit(payloadAt + length);
  // PPP in PPPoE has neither address nor control.
  d.layer(PPP, payloadAt, 2);
  addPppProtocol(d, payloadAt, end);
}

export function dissectPppoeDiscovery(d: Dissection, at: number): void {
  d.layer(PPPOED, at, PPPOE_BYTES);
  addPppoe(d, at);
}

function addPppoe(d: Dissection, at: number): number {
  d.reading(LENGTH);
  d.need(at, PPPOE_BYTES);
  d.bits(VERSION, at, 1, 0xf0);
  d.bits(TYPE, at, 1, 0x0f);
  d.uint(CODE, at + 1, 1);
  d.uint(SESSION, at + 2, 2);
  return d.uint(LENGTH, at + 4, 2);
}
