// Links of routers (https://www.tcpdump.org/linktypes): Cisco's HDLC, Frame Relay (RFC 2427), IP over InfiniBand (RFC 4391),
// Solaris’ IPNET. Of their headers little is told but what follows.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { ETHER_TYPE_WORDS } from './numbers.ts';

const CHDLC = field('chdlc', 'Cisco HDLC', 'protocol');
const CHDLC_PROTOCOL = field('chdlc.protocol', 'Protocol', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const FRAME_RELAY = field('fr', 'Frame Relay', 'protocol');
const IPOIB = field('ipoib', 'IP over InfiniBand', 'protocol');
const IPOIB_TYPE = field('ipoib.type', 'EtherType', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const IPNET = field('ipnet', 'Solaris IPNET', 'protocol');

export const FIELDS = [CHDLC, CHDLC_PROTOCOL, FRAME_RELAY, IPOIB, IPOIB_TYPE, IPNET];

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** In Ethernet reverse ARP; here the keepalives of Cisco. */
const SLARP = 0x8035;
const UNNUMBERED = 0x03;
const NLPID_SNAP = 0x80;
const NLPID = new Map([
  [0xcc, IPV4],
  [0x8e, IPV6],
]);
/** InfiniBand’s own header, before that of RFC 4391. */
const GLOBAL_ROUTING_BYTES = 40;
const IPNET_BYTES = 24;
const SOLARIS_IPV6 = 26;

export function dissectCiscoHdlc(d: Dissection, at: number, end: number): void {
  d.layer(CHDLC, at, 4);
  const protocol = d.uint(CHDLC_PROTOCOL, at + 2, 2);
  if (protocol === SLARP) d.next('data', 0, at + 4, end);
  else d.next('etherType', protocol, at + 4, end);
}

/** An address of two bytes, then what RFC 2427 puts there, or Cisco’s two bytes of EtherType. */
export function dissectFrameRelay(d: Dissection, at: number, end: number): void {
  d.layer(FRAME_RELAY, at, 4);
  const control = d.u8(at + 2);
  if (control !== UNNUMBERED) {
    d.next('etherType', d.u16(at + 2), at + 4, end);
    return;
  }
  const pad = d.u8(at + 3) === 0 ? 1 : 0;
  const protocol = d.u8(at + 3 + pad);
  const payloadAt = at + 4 + pad;
  if (protocol === NLPID_SNAP) d.next('etherType', d.u16(payloadAt + 3), payloadAt + 5, end);
  else {
    const type = NLPID.get(protocol);
    if (type === undefined) d.next('data', 0, payloadAt, end);
    else d.next('etherType', type, payloadAt, end);
  }
}

export function dissectIpOverInfiniband(d: Dissection, at: number, end: number): void {
  d.layer(IPOIB, at, GLOBAL_ROUTING_BYTES + 4);
  const typeAt = at + GLOBAL_ROUTING_BYTES;
  d.next('etherType', d.uint(IPOIB_TYPE, typeAt, 2), typeAt + 4, end);
}

export function dissectIpnet(d: Dissection, at: number, end: number): void {
  d.layer(IPNET, at, IPNET_BYTES);
  d.need(at, IPNET_BYTES);
  d.next('etherType', d.u8(at + 1) === SOLARIS_IPV6 ? IPV6 : IPV4, at + IPNET_BYTES, end);
}
