// ARP (RFC 826), reverse (RFC 903) and inverse (RFC 2390): addresses of the sizes that the packet says.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { ETHER_TYPE_WORDS } from './numbers.ts';

const OPCODE_WORDS = {
  1: 'Request',
  2: 'Reply',
  3: 'Reverse request',
  4: 'Reverse reply',
  8: 'Inverse request',
  9: 'Inverse reply',
  10: 'Negative acknowledgement',
};
const HARDWARE_WORDS = {
  1: 'Ethernet',
  6: 'IEEE 802',
  15: 'Frame Relay',
  19: 'ATM',
  24: 'FireWire',
  32: 'InfiniBand',
};

const ARP = field('arp', 'ARP', 'protocol');
const HW_TYPE = field('arp.hw.type', 'Hardware', 'uint', { words: HARDWARE_WORDS });
const PROTO_TYPE = field('arp.proto.type', 'Protocol', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const HW_SIZE = field('arp.hw.size', 'Hardware address size', 'uint');
const PROTO_SIZE = field('arp.proto.size', 'Protocol address size', 'uint');
const OPCODE = field('arp.opcode', 'Operation', 'uint', { words: OPCODE_WORDS });
const GRATUITOUS = field('arp.isgratuitous', 'Gratuitous', 'boolean');
const ANNOUNCEMENT = field('arp.isannouncement', 'Announcement', 'boolean');
const PROBE = field('arp.isprobe', 'Probe', 'boolean');

/** An address as what it is, or as bytes. */
const SENDER = {
  mac: field('arp.src.hw_mac', 'Sender’s MAC address', 'mac'),
  hardware: field('arp.src.hw', 'Sender’s hardware address', 'bytes'),
  ipv4: field('arp.src.proto_ipv4', 'Sender’s IP address', 'ipv4'),
  protocol: field('arp.src.proto', 'Sender’s protocol address', 'bytes'),
};
const TARGET = {
  mac: field('arp.dst.hw_mac', 'Target’s MAC address', 'mac'),
  hardware: field('arp.dst.hw', 'Target’s hardware address', 'bytes'),
  ipv4: field('arp.dst.proto_ipv4', 'Target’s IP address', 'ipv4'),
  protocol: field('arp.dst.proto', 'Target’s protocol address', 'bytes'),
};

export const FIELDS = [
  ...[ARP, HW_TYPE, PROTO_TYPE, HW_SIZE, PROTO_SIZE, OPCODE, GRATUITOUS, ANNOUNCEMENT, PROBE],
  ...Object.values(SENDER),
  ...Object.values(TARGET),
];

const FIXED_BYTES = 8;
const ETHERNET_LIKE: ReadonlySet<number> = new Set([1, 6]);
const IPV4 = 0x0800;
const ATM = 19;
const ATM_FIXED_BYTES = 12;
const REQUEST = 1;
const REPLY = 2;
/** Reverse and inverse. */
const LOOKS_FOR_HARDWARE: ReadonlySet<number> = new Set([3, 4, 8, 9]);

export function dissectArp(d: Dissection, at: number, end: number): void {
  d.layer(ARP, at, FIXED_BYTES);
  if (d.has(at, 2) && d.u16(at) === ATM) {
    dissectAtmArp(d, at);
    return;
  }
  d.uint(HW_TYPE, at, 2);
  d.uint(PROTO_TYPE, at + 2, 2);
  d.uint(HW_SIZE, at + 4, 1);
  d.uint(PROTO_SIZE, at + 5, 1);
  d.uint(OPCODE, at + 6, 2);
  const bytes = FIXED_BYTES + 2 * (d.u8(at + 4) + d.u8(at + 5));
  d.reading(SENDER.ipv4);
  d.need(at, at + bytes > end ? bytes : bytesLookedAt(d, at));
  addKind(d, at);
  addAddresses(d, at, at + FIXED_BYTES, SENDER);
  addAddresses(d, at, at + FIXED_BYTES + (bytes - FIXED_BYTES) / 2, TARGET);
  d.limit(at + bytes);
}

/** RFC 2225: four lengths more, each in six bits, and another order. */
function dissectAtmArp(d: Dissection, at: number): void {
  d.reading(OPCODE);
  d.need(at, ATM_FIXED_BYTES);
  const size = (index: number): number => d.u8(at + index) & (index === 8 || index === 11 ? 0xff : 0x3f);
  const bytes = ATM_FIXED_BYTES + [4, 5, 8, 9, 10, 11].reduce((sum, index) => sum + size(index), 0);
  d.need(at, bytes);
  d.uint(HW_TYPE, at, 2);
  d.uint(PROTO_TYPE, at + 2, 2);
  d.uint(OPCODE, at + 6, 2);
  d.limit(at + bytes);
}

/** What an operation is about is read before the addresses are told: of those, then, all or none. */
function bytesLookedAt(d: Dissection, at: number): number {
  const opcode = d.u16(at + 6);
  const hardwareSize = d.u8(at + 4);
  const protocolSize = d.u8(at + 5);
  if (opcode === REQUEST || opcode === REPLY) return FIXED_BYTES + 2 * (hardwareSize + protocolSize);
  return LOOKS_FOR_HARDWARE.has(opcode) ? FIXED_BYTES + 2 * hardwareSize + protocolSize : FIXED_BYTES;
}

function addAddresses(d: Dissection, header: number, at: number, of: typeof SENDER): void {
  const hardwareSize = d.u8(header + 4);
  const protocolSize = d.u8(header + 5);
  if (hardwareSize > 0) {
    if (hardwareSize === 6 && ETHERNET_LIKE.has(d.u16(header))) d.mac(of.mac, at);
    else d.view(of.hardware, at, hardwareSize);
  }
  if (protocolSize > 0) {
    if (protocolSize === 4 && d.u16(header + 2) === IPV4) d.ipv4(of.ipv4, at + hardwareSize);
    else d.view(of.protocol, at + hardwareSize, protocolSize);
  }
}

/** Who asks for its own address announces it (RFC 5227), or finds out whether it is taken. */
function addKind(d: Dissection, at: number): void {
  const hardwareSize = d.u8(at + 4);
  const protocolSize = d.u8(at + 5);
  const opcode = d.u16(at + 6);
  const sender = at + FIXED_BYTES + hardwareSize;
  const targetHardware = sender + protocolSize;
  const target = targetHardware + hardwareSize;
  if (protocolSize === 0) return;
  if (opcode !== REQUEST && opcode !== REPLY) return;
  const bytes = (from: number, length: number): readonly number[] =>
    Array.from({ length }, (_, index) => d.u8(from + index));
  const zero = (from: number, length: number): boolean => bytes(from, length).every((byte) => byte === 0);
  const senders = bytes(sender, protocolSize);
  if (bytes(target, protocolSize).every((byte, index) => byte === senders[index])) {
    d.add(GRATUITOUS, at, 0, 1);
    if (opcode === REQUEST && zero(targetHardware, hardwareSize)) d.add(ANNOUNCEMENT, at, 0, 1);
  } else if (opcode === REQUEST && zero(sender, protocolSize)) d.add(PROBE, at, 0, 1);
}
