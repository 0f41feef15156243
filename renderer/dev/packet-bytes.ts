// Packets byte by byte, as `tcpdump -i any` writes them (SLL2), for traffic that is made up. Development only.
export type Bytes = readonly number[];

export const text = (words: string): Bytes => Array.from(new TextEncoder().encode(words));
export const u16 = (value: number): Bytes => [(value >> 8) & 255, value & 255];
export const u32 = (value: number): Bytes => [...u16(value >>> 16), ...u16(value & 0xffff)];
const ipv4 = (address: string): Bytes => address.split('.').map(Number);

export const TCP = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 };

export interface TcpFields {
  readonly ports: readonly [number, number];
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly payload?: Bytes;
}

/** With a timestamp option; with SYN an MSS and a window scale, too. */
export function tcp({ ports, flags, sequence, acknowledgement, payload = [] }: TcpFields): Bytes {
  const timestamp = [1, 1, 8, 10, ...u32(3_481_200_000 + sequence), ...u32(912_004_112)];
  const options =
    (flags & TCP.syn) === 0
      ? timestamp
      : [2, 4, ...u16(1400), 4, 2, 8, 10, ...u32(3_481_200_000), ...u32(0), 1, 3, 3, 7];
  const words = 5 + options.length / 4;
  return [
    ...ports.flatMap(u16),
    ...u32(sequence),
    ...u32(acknowledgement),
    words << 4,
    flags,
    ...u16(502),
    ...u16(0x8b1c),
    ...u16(0),
    ...options,
    ...payload,
  ];
}

export function udp(ports: readonly [number, number], payload: Bytes): Bytes {
  return [...ports.flatMap(u16), ...u16(8 + payload.length), ...u16(0), ...payload];
}

export function icmp(type: number, code: number, rest: Bytes): Bytes {
  return [type, code, ...u16(0x1a2b), ...rest];
}

let identification = 0;

export function ip(source: string, destination: string, protocol: number, payload: Bytes, ttl = 64): Bytes {
  identification = (identification + 1) & 0xffff;
  return [
    ...[0x45, 0, ...u16(20 + payload.length), ...u16(identification), 0x40, 0, ttl, protocol],
    ...u16(0),
    ...ipv4(source),
    ...ipv4(destination),
    ...payload,
  ];
}

/** Ethernet and IPv4 in VXLAN, between two nodes. */
export function vxlan(source: string, destination: string, network: number, inner: Bytes): Bytes {
  const ethernet = [0x66, 1, 2, 3, 4, 5, 0x66, 6, 7, 8, 9, 10, 8, 0];
  const header = [8, 0, 0, 0, ...u32(network << 8)];
  return ip(source, destination, 17, udp([51_234, 4789], [...header, ...ethernet, ...inner]));
}

export function arp(operation: number, source: string, destination: string): Bytes {
  const mac = [0xee, 0xee, 0xee, 0xee, 0xee, 0xee];
  return [
    0,
    1,
    8,
    0,
    6,
    4,
    ...u16(operation),
    ...mac,
    ...ipv4(source),
    ...[0, 0, 0, 0, 0, 0],
    ...ipv4(destination),
  ];
}

export function dns(id: number, name: string, answer: string | null): Bytes {
  const labels = name.split('.').flatMap((label) => [label.length, ...text(label)]);
  const question = [...labels, 0, 0, 1, 0, 1];
  const header = [
    ...u16(id),
    ...(answer === null ? [1, 0] : [0x81, 0x80]),
    0,
    1,
    0,
    answer === null ? 0 : 1,
    0,
    0,
    0,
    0,
  ];
  return [
    ...header,
    ...question,
    ...(answer === null ? [] : [0xc0, 12, 0, 1, 0, 1, ...u32(30), 0, 4, ...ipv4(answer)]),
  ];
}

export const bgpKeepalive: Bytes = [...Array.from({ length: 16 }, () => 255), 0, 19, 4];

/** @param out sent by this machine, not received */
export function sll2(ifindex: number, out: boolean, etherType: number, payload: Bytes): Uint8Array {
  const mac = [0x02, 0x42, 0xc0, 0xa8, 1, 2];
  return Uint8Array.from([
    ...[...u16(etherType), 0, 0, ...u32(ifindex), 0, 1, out ? 4 : 0, 6, ...mac, 0, 0],
    ...payload,
  ]);
}

const SLL2 = 276;

export function pcapHeader(): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b23c4d);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 262_144);
  view.setUint32(20, SLL2);
  return bytes;
}

/** A packet as it is recorded: no more than `snaplen` bytes of it. */
export function pcapRecord(
  seconds: number,
  nanoseconds: number,
  packet: Uint8Array,
  snaplen: number,
): Uint8Array {
  const captured = packet.subarray(0, snaplen);
  const bytes = new Uint8Array(16 + captured.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, seconds);
  view.setUint32(4, nanoseconds);
  view.setUint32(8, captured.length);
  view.setUint32(12, packet.length);
  bytes.set(captured, 16);
  return bytes;
}
