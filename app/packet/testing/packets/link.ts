// Link headers of tests' packets.
import { join, mac, u16, u24, u32, type Part } from './parts.ts';

export const LinkType = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  bridged: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  provider: 0x88a8,
  stacked: 0x9100,
} as const;

const SOURCE = mac('02:42:0a:00:00:01');
const DESTINATION = mac('02:42:0a:00:00:02');

export function ethernet(
  type: number,
  payload: Part,
  { destination = DESTINATION, source = SOURCE }: { destination?: Part; source?: Part } = {},
): Uint8Array {
  return join(destination, source, u16(type), payload);
}

/** IEEE 802.3: a length instead of a type. */
export const ieee8023 = (payload: Uint8Array, trailer: Part = []): Uint8Array =>
  join(DESTINATION, SOURCE, u16(payload.length), payload, trailer);

export const vlanTag = (id: number, type: number, payload: Part, priority = 0): Uint8Array =>
  join(u16((priority << 13) | id), u16(type), payload);

export const llc = (dsap: number, ssap: number, control: Part, payload: Part): Uint8Array =>
  join(dsap, ssap, control, payload);

export const snap = (oui: number, type: number, payload: Part): Uint8Array =>
  llc(0xaa, 0xaa, 3, join(u24(oui), u16(type), payload));

export function sll(
  protocol: number,
  payload: Part,
  {
    packetType = 0,
    hardware = 1,
    length = 6,
  }: { packetType?: number; hardware?: number; length?: number } = {},
): Uint8Array {
  return join(u16(packetType), u16(hardware), u16(length), SOURCE, u16(0), u16(protocol), payload);
}

export function sll2(
  protocol: number,
  payload: Part,
  {
    packetType = 0,
    hardware = 1,
    ifindex = 3,
    length = 6,
  }: { packetType?: number; hardware?: number; ifindex?: number; length?: number } = {},
): Uint8Array {
  return join(
    ...[u16(protocol), u16(0), u32(ifindex), u16(hardware), packetType, length, SOURCE, u16(0), payload],
  );
}

export const pppoeSession = (protocol: number, payload: Uint8Array): Uint8Array =>
  join(0x11, 0, u16(0x1234), u16(payload.length + 2), u16(protocol), payload);

export const pppoeDiscovery = (code: number, tags: Uint8Array): Uint8Array =>
  join(0x11, code, u16(0), u16(tags.length), tags);

export const mpls = (label: number, payload: Part, bottom = true): Uint8Array =>
  join(u32(((label << 12) >>> 0) | (bottom ? 0x100 : 0) | 64), payload);

export interface ArpFields {
  readonly hardware?: number;
  readonly protocol?: number;
  readonly opcode?: number;
  readonly sizes?: readonly [hardware: number, protocol: number];
  readonly addresses: Part;
}

export const arp = ({
  hardware = 1,
  protocol = 0x0800,
  opcode = 1,
  sizes = [6, 4],
  addresses,
}: ArpFields): Uint8Array => join(u16(hardware), u16(protocol), sizes[0], sizes[1], u16(opcode), addresses);
