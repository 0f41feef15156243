// Names that nft writes for numbers (nftables src/proto.c, src/ct.c, src/fib.c, src/meta.c; icmp types of RFC 792, 4443).
import { dsFieldOf } from '../probe/rule-words.ts';

export const TCP_FLAGS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 };

/** Bits of a `ct state`. */
export const CT_STATES = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 };

/** enum ip_conntrack_status. */
export const CT_STATUS = {
  expected: 1,
  'seen-reply': 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
  dying: 512,
};

export const CT_DIRECTIONS = { original: 0, reply: 1 };

export const NF_PROTOCOLS = { ipv4: 2, ipv6: 10 };

export const ETHER_TYPES = { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, vlan: 0x8100, '8021q': 0x8100 };

export const PACKET_TYPES = { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 };

export const ICMP_TYPES = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  'router-advertisement': 9,
  'router-solicitation': 10,
  'time-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
  'info-request': 15,
  'info-reply': 16,
  'address-mask-request': 17,
  'address-mask-reply': 18,
};

export const ICMPV6_TYPES = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'time-exceeded': 3,
  'parameter-problem': 4,
  'echo-request': 128,
  'echo-reply': 129,
  'mld-listener-query': 130,
  'mld-listener-report': 131,
  'mld-listener-done': 132,
  'mld-listener-reduction': 132,
  'nd-router-solicit': 133,
  'nd-router-advert': 134,
  'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136,
  'nd-redirect': 137,
  'router-renumbering': 138,
  'ind-neighbor-solicit': 141,
  'ind-neighbor-advert': 142,
  'mld2-listener-report': 143,
};

export const ICMP_CODES = {
  'net-unreachable': 0,
  'host-unreachable': 1,
  'prot-unreachable': 2,
  'port-unreachable': 3,
  'frag-needed': 4,
  'net-prohibited': 9,
  'host-prohibited': 10,
  'admin-prohibited': 13,
};

export const ICMPV6_CODES = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
  'policy-fail': 5,
  'reject-route': 6,
};

/** `cs1`, `af11`, `ef`: six bits. */
export const DSCP_NAMES: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ...Array.from({ length: 8 }, (_, at) => `cs${at}`),
    ...[1, 2, 3, 4].flatMap((of) => [1, 2, 3].map((drop) => `af${of}${drop}`)),
    'ef',
    'be',
    'df',
    'lephb',
    'va',
  ].map((name) => [
    name,
    { be: 0, df: 0, lephb: 1, va: 44 }[name] ?? (dsFieldOf(name.toUpperCase()) ?? 0) >> 2,
  ]),
);

export const ECN_NAMES = { 'not-ect': 0, ect1: 1, ect0: 2, ce: 3 };

/** Kinds of addresses that `fib` tells by number where it has no name. */
export const ADDRESS_TYPES = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
];
