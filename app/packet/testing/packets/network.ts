// IP headers, and what lies right on them, of tests' packets.
import { ip4, ip6, join, summed, u16, u24, u32, zeros, type Part } from './parts.ts';

export interface Ipv4Fields {
  readonly version?: number;
  /** Words of 4 bytes; default: as the options need. */
  readonly headerWords?: number;
  readonly tos?: number;
  readonly totalLength?: number;
  readonly id?: number;
  /** RF, DF, MF. */
  readonly flags?: number;
  /** In units of 8 bytes. */
  readonly offset?: number;
  readonly ttl?: number;
  readonly source?: string;
  readonly destination?: string;
  /** A multiple of 4 bytes. */
  readonly options?: Uint8Array;
}

export function ipv4(protocol: number, payload: Part, fields: Ipv4Fields = {}): Uint8Array {
  const { options = zeros(0), source = '10.0.0.1', destination = '10.0.0.2' } = fields;
  const body = join(payload);
  const header = join(
    ((fields.version ?? 4) << 4) | (fields.headerWords ?? 5 + options.length / 4),
    fields.tos ?? 0,
    u16(fields.totalLength ?? 20 + options.length + body.length),
    u16(fields.id ?? 0x1234),
    u16(((fields.flags ?? 2) << 13) | (fields.offset ?? 0)),
    ...[fields.ttl ?? 64, protocol, 0, 0, ip4(source), ip4(destination), options],
  );
  return join(summed(header, 10), body);
}

export interface Ipv6Fields {
  readonly version?: number;
  readonly trafficClass?: number;
  readonly flow?: number;
  readonly payloadLength?: number;
  readonly hopLimit?: number;
  readonly source?: string;
  readonly destination?: string;
}

const SOURCE_6 = 'fd00::1';
const DESTINATION_6 = 'fd00::2';

export function ipv6(next: number, payload: Part, fields: Ipv6Fields = {}): Uint8Array {
  const body = join(payload);
  return join(
    u32(
      (((fields.version ?? 6) << 28) | ((fields.trafficClass ?? 0) << 20) | (fields.flow ?? 0x12345)) >>> 0,
    ),
    u16(fields.payloadLength ?? body.length),
    ...[next, fields.hopLimit ?? 64],
    ip6(fields.source ?? SOURCE_6),
    ip6(fields.destination ?? DESTINATION_6),
    body,
  );
}

/** Hop-by-hop, destination or mobility: header and options together a multiple of 8 bytes. */
export const extension = (next: number, options: Uint8Array, payload: Part): Uint8Array =>
  join(next, (options.length + 2) / 8 - 1, options, payload);

export const routing = (
  next: number,
  type: number,
  left: number,
  rest: Uint8Array,
  payload: Part,
): Uint8Array => join(next, (rest.length + 4) / 8 - 1, type, left, rest, payload);

export const fragment = (next: number, offset: number, more: boolean, payload: Part): Uint8Array =>
  join(next, 0, u16((offset << 3) | (more ? 1 : 0)), u32(0xcafe0001), payload);

export const ah = (next: number, payload: Part): Uint8Array =>
  join(next, 4, u16(0), u32(0x100), u32(7), zeros(12).fill(0xa5), payload);

export const esp = (payload: Part): Uint8Array => join(u32(0x200), u32(9), payload);

const PSEUDO_4 = (protocol: number, length: number): readonly Part[] => [
  ...[ip4('10.0.0.1'), ip4('10.0.0.2'), 0, protocol, u16(length)],
];
const PSEUDO_6 = (protocol: number, length: number, fields: Ipv6Fields): readonly Part[] => [
  ...[
    ip6(fields.source ?? SOURCE_6),
    ip6(fields.destination ?? DESTINATION_6),
    u32(length),
    u24(0),
    protocol,
  ],
];

/** Between the addresses that `ipv4` gives if it is told none. */
export function udp(source: number, destination: number, payload: Part): Uint8Array {
  const body = join(payload);
  const header = join(u16(source), u16(destination), u16(8 + body.length), u16(0), body);
  return summed(header, 6, ...PSEUDO_4(17, header.length));
}

export interface TcpFields {
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly flags?: number;
  readonly window?: number;
  /** A multiple of 4 bytes. */
  readonly options?: Uint8Array;
}

export function tcp(source: number, destination: number, payload: Part, fields: TcpFields = {}): Uint8Array {
  const { options = zeros(0) } = fields;
  const segment = join(
    u16(source),
    u16(destination),
    u32(fields.sequence ?? 0x01020304),
    u32(fields.acknowledgement ?? 0x05060708),
    u16(((5 + options.length / 4) << 12) | (fields.flags ?? 0x18)),
    u16(fields.window ?? 502),
    u32(0),
    options,
    payload,
  );
  return summed(segment, 16, ...PSEUDO_4(6, segment.length));
}

export const icmp = (type: number, code: number, rest: Part): Uint8Array =>
  summed(join(type, code, u16(0), rest), 2);

export function icmpv6(type: number, code: number, rest: Part, fields: Ipv6Fields = {}): Uint8Array {
  const message = join(type, code, u16(0), rest);
  return summed(message, 2, ...PSEUDO_6(58, message.length, fields));
}

export const gre = (flags: number, protocol: number, options: Part, payload: Part): Uint8Array =>
  join(u16(flags), u16(protocol), options, payload);

export const vxlan = (vni: number, payload: Part, flags = 0x08): Uint8Array =>
  join(flags, u24(0), u24(vni), 0, payload);

export const geneve = (vni: number, protocol: number, options: Uint8Array, payload: Part): Uint8Array =>
  join(options.length / 4, 0, u16(protocol), u24(vni), 0, options, payload);

/** CRC-less: the checksum is left 0. */
export const sctp = (source: number, destination: number, chunks: Part): Uint8Array =>
  join(u16(source), u16(destination), u32(0xabcdef01), u32(0), chunks);

export const sctpData = (payload: Uint8Array): Uint8Array =>
  join(0, 3, u16(16 + payload.length), u32(1), u16(2), u16(3), u32(0), payload);
