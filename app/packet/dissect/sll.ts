// Linux cooked captures (LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2, https://www.tcpdump.org/linktypes): what `-i any` gives
// for a link header, whatever the interface.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { ETHER_TYPE_WORDS, Link } from './numbers.ts';

const PACKET_TYPE_WORDS = {
  0: 'To us',
  1: 'Broadcast',
  2: 'Multicast',
  3: 'To another host',
  4: 'From us',
};
/** ARPHRD_… of linux/if_arp.h */
const HARDWARE_WORDS = {
  1: 'Ethernet',
  32: 'InfiniBand',
  280: 'CAN',
  512: 'PPP',
  768: 'IPIP tunnel',
  769: 'IP6IP6 tunnel',
  772: 'Loopback',
  776: 'SIT tunnel',
  778: 'GRE over IPv4',
  823: 'GRE over IPv6',
  824: 'Netlink',
  65_534: 'No link header',
};

const SLL = field('sll', 'Linux cooked capture', 'protocol');
const PKTTYPE = field('sll.pkttype', 'Direction', 'uint', { words: PACKET_TYPE_WORDS });
const HATYPE = field('sll.hatype', 'Kind of device', 'uint', { words: HARDWARE_WORDS });
const HALEN = field('sll.halen', 'Length of the link address', 'uint');
const SRC_ETH = field('sll.src.eth', 'Source', 'mac');
const SRC_IPV4 = field('sll.src.ipv4', 'Source', 'ipv4');
const SRC_OTHER = field('sll.src.other', 'Source', 'bytes');
const UNUSED = field('sll.unused', 'Unused', 'bytes');
const IFINDEX = field('sll.ifindex', 'Interface index', 'uint');
const ETYPE = field('sll.etype', 'EtherType', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const LTYPE = field('sll.ltype', 'Kind of frame', 'uint', {
  hexDigits: 4,
  words: { 1: 'Novell 802.3', 4: '802.2', 12: 'CAN', 13: 'CAN FD' },
});
const GRETYPE = field('sll.gretype', 'Type in GRE', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const NETLINK = field('netlink', 'Netlink', 'protocol');
const NETLINK_HATYPE = field('netlink.hatype', 'Kind of device', 'uint', { words: HARDWARE_WORDS });
const NETLINK_FAMILY = field('netlink.family', 'Family', 'uint', { hexDigits: 4 });

export const FIELDS = [
  ...[SLL, PKTTYPE, HATYPE, HALEN, SRC_ETH, SRC_IPV4, SRC_OTHER, UNUSED, IFINDEX],
  ...[ETYPE, LTYPE, GRETYPE, NETLINK, NETLINK_HATYPE, NETLINK_FAMILY],
];

const HEADER_BYTES = 16;
const HEADER_2_BYTES = 20;
const ADDRESS_BYTES = 8;
const NETLINK_DEVICE = 824;
const GRE_DEVICES: ReadonlySet<number> = new Set([778, 823]);
const IEEE_802_2 = 4;
const LOWEST_TYPE = 0x0600;

export function dissectSll(d: Dissection, at: number, end: number): void {
  d.reading(HATYPE);
  if (d.u16(at + 2) === NETLINK_DEVICE) {
    addNetlink(d, at + 2, at + 14);
    d.next('data', 0, at + HEADER_BYTES, end);
    return;
  }
  d.layer(SLL, at, HEADER_BYTES);
  d.uint(PKTTYPE, at, 2);
  const hardware = d.uint(HATYPE, at + 2, 2);
  const length = d.uint(HALEN, at + 4, 2);
  addAddress(d, at + 6, length);
  const protocol = addProtocol(d, at + 14, hardware);
  readOn(d, hardware, protocol, at + HEADER_BYTES, end);
}

export function dissectSll2(d: Dissection, at: number, end: number): void {
  d.layer(SLL, at, HEADER_2_BYTES);
  d.reading(HALEN);
  d.need(at, 12);
  const hardware = d.u16(at + 8);
  const protocol = addProtocol(d, at, hardware);
  d.uint(IFINDEX, at + 4, 4);
  d.uint(HATYPE, at + 8, 2);
  d.uint(PKTTYPE, at + 10, 1);
  const length = d.uint(HALEN, at + 11, 1);
  addAddress(d, at + 12, length);
  readOn(d, hardware, protocol, at + HEADER_2_BYTES, end);
}

/** The kernel’s own messages have no other link header than this one. */
function addNetlink(d: Dissection, hardwareAt: number, familyAt: number): void {
  d.layer(NETLINK, hardwareAt, 2);
  d.uint(NETLINK_HATYPE, hardwareAt, 2);
  d.uint(NETLINK_FAMILY, familyAt, 2);
}

/** Eight bytes have room for the address; of a longer one they are the beginning. */
function addAddress(d: Dissection, at: number, length: number): void {
  const there = Math.min(length, ADDRESS_BYTES);
  if (length === 6) d.mac(SRC_ETH, at);
  else if (length === 4) d.ipv4(SRC_IPV4, at);
  else if (there > 0) d.view(SRC_OTHER, at, there);
  if (there < ADDRESS_BYTES) d.view(UNUSED, at + there, ADDRESS_BYTES - there);
}

function addProtocol(d: Dissection, at: number, hardware: number): number {
  d.reading(ETYPE);
  const protocol = d.u16(at);
  if (GRE_DEVICES.has(hardware)) d.add(GRETYPE, at, 2, protocol);
  else d.add(protocol < LOWEST_TYPE ? LTYPE : ETYPE, at, 2, protocol);
  return protocol;
}

function readOn(d: Dissection, hardware: number, protocol: number, at: number, end: number): void {
  if (GRE_DEVICES.has(hardware)) d.next('greProtocol', protocol, at, end);
  else if (protocol === IEEE_802_2) d.next('linkType', Link.llc, at, end);
  else if (protocol < LOWEST_TYPE) d.next('data', 0, at, end);
  else d.next('etherType', protocol, at, end);
}
