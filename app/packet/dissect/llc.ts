// Logical link control (IEEE 802.2) and its subnetwork access protocol (RFC 1042): how IP lies in 802.3.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { ETHER_TYPE_WORDS, Link } from './numbers.ts';

const SAP_WORDS: Readonly<Record<number, string>> = {
  0x06: 'IPv4',
  0x42: 'Spanning tree',
  0xaa: 'SNAP',
  0xe0: 'IPX',
  0xf0: 'NetBIOS',
  0xfe: 'ISO network layer',
};

const LLC = field('llc', 'Logical link control', 'protocol');
const DSAP = field('llc.dsap', 'Destination access point', 'uint', { hexDigits: 2, words: SAP_WORDS });
const SSAP = field('llc.ssap', 'Source access point', 'uint', { hexDigits: 2, words: SAP_WORDS });
const CONTROL = field('llc.control', 'Control', 'uint', { hexDigits: 4 });
const OUI = field('llc.oui', 'Organization', 'uint');
const TYPE = field('llc.type', 'EtherType', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const PID = field('llc.pid', 'Protocol of the organization', 'uint', { hexDigits: 4 });
const CISCO_PID = field('llc.cisco_pid', 'Protocol of Cisco', 'uint', { hexDigits: 4 });

export const FIELDS = [LLC, DSAP, SSAP, CONTROL, OUI, TYPE, PID, CISCO_PID];

const SNAP = 0xaa;
const ENCAPSULATED_ETHERNET = 0x000000;
const CISCO_90 = 0x0000f8;
const CISCO = 0x00000c;
const BRIDGES = 0x0080c2;
/** Frames with and without their check sequence, as bridges carry them (RFC 2684 §5.2). */
const BRIDGED_ETHERNET: ReadonlySet<number> = new Set([1, 7]);
const UNNUMBERED = 0x03;
const UNNUMBERED_INFORMATION = 0x03;

export function dissectLlc(d: Dissection, at: number, end: number): void {
  const snap = d.has(at, 2) && d.u8(at) === SNAP && d.u8(at + 1) === SNAP;
  d.layer(LLC, at, snap ? 8 : 3);
  const dsap = d.uint(DSAP, at, 1);
  d.uint(SSAP, at + 1, 1);
  const first = d.u8(at + 2);
  // Unnumbered frames have one byte of control; the others two, the lower first.
  const unnumbered = (first & 0x03) === UNNUMBERED;
  const control = unnumbered ? first : (d.u8(at + 3) << 8) | first;
  d.add(CONTROL, at + 2, unnumbered ? 1 : 2, control);
  const payloadAt = at + (unnumbered ? 3 : 4);
  if (snap) readSnap(d, payloadAt, end);
  else if (!unnumbered || (first & 0xef) === UNNUMBERED_INFORMATION) d.next('llc', dsap, payloadAt, end);
}

function readSnap(d: Dissection, at: number, end: number): void {
  d.reading(OUI);
  d.need(at, 5);
  const oui = d.uint(OUI, at, 3);
  const payloadAt = at + 5;
  if (oui === ENCAPSULATED_ETHERNET || oui === CISCO_90) {
    d.next('etherType', d.uint(TYPE, at + 3, 2), payloadAt, end);
    return;
  }
  const pid = d.uint(oui === CISCO ? CISCO_PID : PID, at + 3, 2);
  if (oui === BRIDGES && BRIDGED_ETHERNET.has(pid)) d.next('linkType', Link.ethernet, payloadAt + 2, end);
  else d.next('data', 0, payloadAt, end);
}
