// Fields that nftables' expressions read from a packet: `payload`, `meta`, `ct`, `fib` (nft(8), libnftables-json(5); what the
// kernel has for each: net/netfilter/nft_payload.c, nft_meta.c, nft_ct.c, nft_fib_ipv4.c). One that has nothing is undefined: the
// kernel then leaves the rule (NFT_BREAK).
import { ipProtocolOf } from '../probe/rule-words.ts';
import { Unknown, type Value } from './filter-value.ts';
import {
  CT_DIRECTIONS,
  CT_STATES,
  CT_STATUS,
  DSCP_NAMES,
  ECN_NAMES,
  ETHER_TYPES,
  ICMP_CODES,
  ICMP_TYPES,
  ICMPV6_CODES,
  ICMPV6_TYPES,
  NF_PROTOCOLS,
  PACKET_TYPES,
  TCP_FLAGS,
} from './nft-names.ts';
import {
  addressScalar,
  hasPorts,
  ICMP,
  ICMPV6,
  isMulticast,
  recordOf,
  replyTuple,
  stateOf,
  TCP,
  UDP,
  type PacketView,
} from './packet-view.ts';
import { addressType, flagsType, INTERFACE_NAME, intType, WORD, type ValueType } from './value-type.ts';

export interface Field {
  readonly type: ValueType;
  readonly read: (view: PacketView) => Value;
  /** Bits of it that cannot be known. */
  readonly unsure?: (view: PacketView) => number;
}

const INT = intType();
const BYTE = intType({}, 8);
const PORT = intType({}, 16);
const ADDRESS = { 4: addressType(4), 6: addressType(6) };
const STATES = flagsType(CT_STATES);
const STATUS = flagsType(CT_STATUS);
const PROTOCOL: ValueType = {
  bits: 8,
  scalar: (raw) => (typeof raw === 'string' ? ipProtocolOf(raw) : typeof raw === 'number' ? raw : null),
};

const of = (type: ValueType, read: (view: PacketView) => Value): Field => ({ type, read });
const unknown = (why: string, type: ValueType = WORD): Field => of(type, () => new Unknown(why));
/** Of packets of one family. */
const ip = (family: 4 | 6, type: ValueType, read: (view: PacketView) => Value): Field =>
  of(type, (view) => (view.packet.family === family ? read(view) : undefined));

const network = (family: 4 | 6): Readonly<Record<string, Field>> => ({
  saddr: ip(family, ADDRESS[family], ({ packet }) => addressScalar(packet.src)),
  daddr: ip(family, ADDRESS[family], ({ packet }) => addressScalar(packet.dst)),
  dscp: ip(family, intType(DSCP_NAMES, 6), ({ packet }) => packet.tos >> 2),
  ecn: ip(family, intType(ECN_NAMES, 2), ({ packet }) => packet.tos & 3),
  version: ip(family, BYTE, () => family),
  length: ip(family, INT, ({ packet }) => packet.length - (family === 6 ? 40 : 0)),
});
const protocolOf = ({ packet }: PacketView): number => packet.protocol;
const etherType = ({ packet: { arp: isArp, family } }: PacketView): number =>
  isArp === undefined ? (family === 4 ? 0x0800 : 0x86dd) : 0x0806;
/** Of what has a header of a transport: ARP has none. */
const transport = (type: ValueType, read: (view: PacketView) => Value): Field =>
  of(type, (view) => (view.packet.arp === undefined ? read(view) : undefined));
const ttl = ({ packet }: PacketView): number => packet.ttl;

const only = (protocol: number): Readonly<Record<string, Field>> => ({
  sport: of(PORT, ({ packet }) => (packet.protocol === protocol ? packet.sport : undefined)),
  dport: of(PORT, ({ packet }) => (packet.protocol === protocol ? packet.dport : undefined)),
});
const icmp = (protocol: number, types: ValueType, codes: ValueType): Readonly<Record<string, Field>> => {
  const part = (type: ValueType, which: 'type' | 'code'): Field =>
    of(type, ({ packet }) => (packet.protocol === protocol ? packet.icmp?.[which] : undefined));
  return { type: part(types, 'type'), code: part(codes, 'code') };
};

const arp = (type: ValueType, read: (view: PacketView) => Value): Field =>
  of(type, (view) => (view.packet.arp === undefined ? undefined : read(view)));

const NO_PORTS = new Unknown('its protocol has no ports, and what stands in their place is not known');

const PAYLOAD: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ip: {
    ...network(4),
    protocol: ip(4, PROTOCOL, protocolOf),
    ttl: ip(4, BYTE, ttl),
    hdrlength: ip(4, BYTE, () => 5),
  },
  ip6: { ...network(6), nexthdr: ip(6, PROTOCOL, protocolOf), hoplimit: ip(6, BYTE, ttl) },
  tcp: {
    ...only(TCP),
    flags: of(flagsType(TCP_FLAGS), ({ packet }) => (packet.protocol === TCP ? packet.tcpFlags : undefined)),
  },
  udp: {
    ...only(UDP),
    length: of(PORT, ({ packet }) =>
      packet.protocol === UDP ? packet.length - (packet.family === 4 ? 20 : 40) : undefined,
    ),
  },
  dccp: only(33),
  sctp: only(132),
  udplite: only(136),
  th: {
    // Of others these bytes are what they are: of ICMP type and code, and a checksum.
    sport: transport(PORT, ({ packet: { protocol, sport, icmp } }) =>
      hasPorts(protocol) ? sport : icmp === null ? NO_PORTS : (icmp.type << 8) | icmp.code,
    ),
    dport: transport(PORT, ({ packet }) => (hasPorts(packet.protocol) ? packet.dport : NO_PORTS)),
  },
  icmp: icmp(ICMP, intType(ICMP_TYPES, 8), intType(ICMP_CODES, 8)),
  icmpv6: icmp(ICMPV6, intType(ICMPV6_TYPES, 8), intType(ICMPV6_CODES, 8)),
  // Of Ethernet and IPv4 (RFC 826).
  arp: {
    htype: arp(PORT, () => 1),
    ptype: arp(intType(ETHER_TYPES, 16), () => 0x0800),
    hlen: arp(BYTE, () => 6),
    plen: arp(BYTE, () => 4),
    operation: arp(intType({ request: 1, reply: 2 }, 16), ({ packet }) => (packet.arp === 'request' ? 1 : 2)),
    'saddr ip': arp(ADDRESS[4], ({ packet }) => addressScalar(packet.src)),
    'daddr ip': arp(ADDRESS[4], ({ packet }) => addressScalar(packet.dst)),
  },
  ether: {
    type: of(intType(ETHER_TYPES, 16), etherType),
    saddr: of(WORD, ({ packet: { iif, fromMac = null } }) => {
      if (iif === null || iif === 'lo') return undefined;
      return fromMac?.toLowerCase() ?? new Unknown('from which MAC address its frame came is not known');
    }),
  },
};

export function payloadField(protocol: unknown, field: unknown): Field {
  const known = PAYLOAD[String(protocol)]?.[String(field)];
  if (known !== undefined) return known;
  const why = new Unknown(`${String(protocol)} ${String(field)} of a packet is not known`);
  // Whose header it is, is known: nft leaves out of its listing what says so.
  return of(WORD, (view) => (hasHeader(String(protocol), view) ? why : undefined));
}

const HEADERS: Readonly<Record<string, number>> = {
  tcp: TCP,
  udp: UDP,
  icmp: ICMP,
  icmpv6: ICMPV6,
  igmp: 2,
  esp: 50,
  ah: 51,
  comp: 108,
  sctp: 132,
  dccp: 33,
  udplite: 136,
};

function hasHeader(protocol: string, { packet }: PacketView): boolean {
  if (protocol === 'ip' || protocol === 'ip6') return packet.family === (protocol === 'ip' ? 4 : 6);
  return HEADERS[protocol] === undefined || HEADERS[protocol] === packet.protocol;
}

/** `@nh,96,32`: bits of a header, by their offset. */
export function rawPayload(base: unknown, offset: unknown, length: unknown): Field {
  const at = `${String(base)},${String(offset)},${String(length)}`;
  const th: Readonly<Record<string, Field | undefined>> = PAYLOAD['th'] ?? {};
  const four: Readonly<Record<string, Field | undefined>> = PAYLOAD['ip'] ?? {};
  const known = {
    'th,0,16': th['sport'],
    'th,16,16': th['dport'],
    'nh,72,8': four['protocol'] && of(BYTE, four['protocol'].read),
    'nh,64,8': four['ttl'],
    'nh,96,32': four['saddr'] && of(INT, four['saddr'].read),
    'nh,128,32': four['daddr'] && of(INT, four['daddr'].read),
  }[at];
  return known ?? unknown(`@${at} of a packet is not known`, INT);
}

const device = (end: 'iif' | 'oif', read: 'ifindex' | 'group' | 'kind', type: ValueType): Field =>
  of(type, ({ packet, context }) => {
    const name = packet[end];
    if (name === null) return read === 'ifindex' ? 0 : undefined;
    const found = context.device(name);
    const value = found === 'unknown' ? null : found?.[read];
    return value === null ? new Unknown(`the ${read} of ${name} is not known`) : value;
  });
/** `iif eth0` is of an index, which nft shows by its name. */
const byIndex = (end: 'iif' | 'oif'): Field => of(WORD, ({ packet }) => packet[end] ?? '');

/** 0 is for this host, 1 for all, 2 for a group. */
function packetType({ packet: { iif, dst, arp: asked } }: PacketView): Value {
  if (iif === 'lo' || iif === null)
    return new Unknown('the kind of a packet that does not come from a wire is not known');
  if (asked !== undefined) return asked === 'request' ? 1 : 0;
  if (isMulticast(dst)) return 2;
  return dst.family === 4 && dst.words[0] === 0xffffffff ? 1 : 0;
}

const META: Readonly<Record<string, Field>> = {
  iifname: of(INTERFACE_NAME, ({ packet }) => packet.iif ?? ''),
  oifname: of(INTERFACE_NAME, ({ packet }) => packet.oif ?? ''),
  iif: byIndex('iif'),
  oif: byIndex('oif'),
  iifgroup: device('iif', 'group', WORD),
  oifgroup: device('oif', 'group', WORD),
  iifkind: device('iif', 'kind', WORD),
  oifkind: device('oif', 'kind', WORD),
  mark: of(INT, ({ packet }) => packet.mark),
  l4proto: transport(PROTOCOL, protocolOf),
  nfproto: of(intType(NF_PROTOCOLS, 8), ({ packet }) => (packet.family === 4 ? 2 : 10)),
  protocol: of(intType(ETHER_TYPES, 16), etherType),
  length: of(INT, ({ packet }) => packet.length),
  pkttype: of(intType(PACKET_TYPES, 8), packetType),
};

export function metaField(key: unknown): Field {
  return META[String(key)] ?? unknown(`meta ${String(key)} of a packet is not known`);
}

/** `ct state`, `ct original ip saddr`, … */
export function ctField(key: unknown, direction: unknown, family: unknown): Field {
  const asked = String(key).replace(/^(ip|ip6) /, '');
  const six = String(key).startsWith('ip6 ') || family === 'ip6';
  switch (asked) {
    case 'state':
      return of(STATES, (view) => CT_STATES[stateOf(view)]);
    case 'mark':
      return of(INT, (view) => recordOf(view)?.mark);
    case 'zone':
      return of(INT, (view) => (recordOf(view) === null ? undefined : (view.packet.connection.zone ?? 0)));
    case 'direction':
      return of(intType(CT_DIRECTIONS, 8), (view) => {
        const record = recordOf(view);
        return record === null ? undefined : CT_DIRECTIONS[record.direction];
      });
    case 'status':
      return {
        ...of(STATUS, statusBits),
        unsure: (view) => (recordOf(view)?.state === 'established' ? CT_STATUS.assured : 0),
      };
    case 'l3proto':
      return of(intType(NF_PROTOCOLS, 8), (view) => (view.packet.family === 4 ? 2 : 10));
    case 'protocol':
      return of(PROTOCOL, (view) => (recordOf(view) === null ? undefined : view.packet.protocol));
    case 'saddr':
    case 'daddr':
    case 'proto-src':
    case 'proto-dst':
      return tupleField(asked, direction, six);
    default:
      return unknown(`ct ${asked} of a connection is not known`);
  }
}

const TUPLE_PARTS = { saddr: 'src', daddr: 'dst', 'proto-src': 'sport', 'proto-dst': 'dport' } as const;

function tupleField(key: keyof typeof TUPLE_PARTS, direction: unknown, six: boolean): Field {
  const part = TUPLE_PARTS[key];
  const isAddress = part === 'src' || part === 'dst';
  return of(isAddress ? ADDRESS[six ? 6 : 4] : PORT, (view) => {
    const record = recordOf(view);
    if (record === null) return undefined;
    const tuple = direction === 'reply' ? replyTuple(view) : record.original;
    if (tuple === null) return new Unknown('what conntrack expects as an answer is not known');
    const value = tuple[part];
    return typeof value === 'number' ? value : addressScalar(value);
  });
}

function statusBits(view: PacketView): Value {
  const record = recordOf(view);
  if (record === null) return undefined;
  const nat = (record.snat ? CT_STATUS.snat : 0) | (record.dnat ? CT_STATUS.dnat : 0);
  if (record.state === 'new') return nat;
  if (record.state === 'related') return nat | CT_STATUS.expected;
  return nat | CT_STATUS.confirmed | CT_STATUS['seen-reply'];
}
