// Path attributes of BGP: RFC 4271 §4.3 and §5, 1997 (communities), 4456 (reflectors), 4760 (other address families), 6793
// (four-byte AS numbers), 8092 (large communities). Of others the bytes.
import { AFI_WORDS, hasPathIds, IPV4_BYTES, IPV6_BYTES, readPrefixes, SAFI_WORDS } from './bgp-prefix.ts';
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';

const P = 'bgp.update.path_attribute';
const ATTRIBUTE = field(P, 'Attribute', 'none');
const FLAGS = field(`${P}.flags`, 'Flags', 'uint', { hexDigits: 2 });
const OPTIONAL = field(`${P}.flags.optional`, 'Optional', 'boolean');
const TRANSITIVE = field(`${P}.flags.transitive`, 'Transitive', 'boolean');
const PARTIAL = field(`${P}.flags.partial`, 'Partial', 'boolean');
const EXTENDED = field(`${P}.flags.extended_length`, 'Length of two bytes', 'boolean');
const TYPE = field(`${P}.type_code`, 'Type', 'uint', {
  words: {
    1: 'ORIGIN',
    2: 'AS_PATH',
    3: 'NEXT_HOP',
    4: 'MULTI_EXIT_DISC',
    5: 'LOCAL_PREF',
    6: 'ATOMIC_AGGREGATE',
    7: 'AGGREGATOR',
    8: 'COMMUNITIES',
    9: 'ORIGINATOR_ID',
    10: 'CLUSTER_LIST',
    14: 'MP_REACH_NLRI',
    15: 'MP_UNREACH_NLRI',
    16: 'EXTENDED_COMMUNITIES',
    17: 'AS4_PATH',
    18: 'AS4_AGGREGATOR',
    26: 'AIGP',
    32: 'LARGE_COMMUNITIES',
    35: 'OTC',
  },
});
const LENGTH = field(`${P}.length`, 'Length', 'uint');
const ORIGIN = field(`${P}.origin`, 'Origin', 'uint', { words: { 0: 'IGP', 1: 'EGP', 2: 'INCOMPLETE' } });
const SEGMENT = field(`${P}.as_path_segment`, 'Segment', 'none');
const SEGMENT_TYPE = field(`${P}.as_path_segment.type`, 'Type', 'uint', {
  words: { 1: 'Set', 2: 'Sequence', 3: 'Confederation sequence', 4: 'Confederation set' },
});
const SEGMENT_LENGTH = field(`${P}.as_path_segment.length`, 'AS numbers', 'uint');
const AS2 = field(`${P}.as_path_segment.as2`, 'AS', 'uint');
const AS4 = field(`${P}.as_path_segment.as4`, 'AS', 'uint');
const NEXT_HOP = field(`${P}.next_hop`, 'Next hop', 'ipv4');
const MED = field(`${P}.multi_exit_disc`, 'Multi-exit discriminator', 'uint');
const LOCAL_PREF = field(`${P}.local_pref`, 'Local preference', 'uint');
const AGGREGATOR_AS = field(`${P}.aggregator_as`, 'AS of the aggregator', 'uint');
const AGGREGATOR = field(`${P}.aggregator_origin`, 'Aggregator', 'ipv4');
const COMMUNITY_AS = field(`${P}.community_as`, 'Community of AS', 'uint');
const COMMUNITY_VALUE = field(`${P}.community_value`, 'Community', 'uint');
const COMMUNITY_KNOWN = field(`${P}.community_wellknown`, 'Community', 'uint', {
  hexDigits: 8,
  words: {
    0xffff0000: 'GRACEFUL_SHUTDOWN',
    0xffff0006: 'LLGR_STALE',
    0xffff0007: 'NO_LLGR',
    0xffff029a: 'BLACKHOLE',
    0xffffff01: 'NO_EXPORT',
    0xffffff02: 'NO_ADVERTISE',
    0xffffff03: 'NO_EXPORT_SUBCONFED',
    0xffffff04: 'NOPEER',
  },
});
const ORIGINATOR = field(`${P}.originator_id`, 'Originator', 'ipv4');
const CLUSTER = field('bgp.path_attribute.cluster_id', 'Cluster', 'ipv4');
const REACH_AFI = field(`${P}.mp_reach_nlri.afi`, 'Address family', 'uint', { words: AFI_WORDS });
const REACH_SAFI = field(`${P}.mp_reach_nlri.safi`, 'Subsequent address family', 'uint', {
  words: SAFI_WORDS,
});
const REACH_HOP = field(`${P}.mp_reach_nlri.next_hop`, 'Next hop', 'bytes');
const REACH_HOP4 = field(`${P}.mp_reach_nlri.next_hop.ipv4`, 'Next hop', 'ipv4');
const REACH_HOP6 = field(`${P}.mp_reach_nlri.next_hop.ipv6`, 'Next hop', 'ipv6');
const REACH_LINK_LOCAL = field(`${P}.mp_reach_nlri.next_hop.ipv6.link_local`, 'Next hop on the link', 'ipv6');
const REACH4 = field('bgp.mp_reach_nlri_ipv4_prefix', 'Route', 'ipv4');
const REACH6 = field('bgp.mp_reach_nlri_ipv6_prefix', 'Route', 'ipv6');
const UNREACH_AFI = field(`${P}.mp_unreach_nlri.afi`, 'Address family', 'uint', { words: AFI_WORDS });
const UNREACH_SAFI = field(`${P}.mp_unreach_nlri.safi`, 'Subsequent address family', 'uint', {
  words: SAFI_WORDS,
});
const UNREACH4 = field('bgp.mp_unreach_nlri_ipv4_prefix', 'Withdrawn', 'ipv4');
const UNREACH6 = field('bgp.mp_unreach_nlri_ipv6_prefix', 'Withdrawn', 'ipv6');
const LARGE_ADMINISTRATOR = field('bgp.large_communities.ga', 'Large community of AS', 'uint');
const LARGE_1 = field('bgp.large_communities.ldp1', 'Part 1', 'uint');
const LARGE_2 = field('bgp.large_communities.ldp2', 'Part 2', 'uint');
const UNKNOWN = field('bgp.update.path_attributes.unknown', 'Value', 'bytes');

export const ATTRIBUTE_FIELDS = [
  ATTRIBUTE,
  FLAGS,
  OPTIONAL,
  TRANSITIVE,
  PARTIAL,
  EXTENDED,
  TYPE,
  LENGTH,
  ORIGIN,
  SEGMENT,
  SEGMENT_TYPE,
  SEGMENT_LENGTH,
  AS2,
  AS4,
  NEXT_HOP,
  MED,
  LOCAL_PREF,
  AGGREGATOR_AS,
  AGGREGATOR,
  COMMUNITY_AS,
  COMMUNITY_VALUE,
  COMMUNITY_KNOWN,
  ORIGINATOR,
  CLUSTER,
  REACH_AFI,
  REACH_SAFI,
  REACH_HOP,
  REACH_HOP4,
  REACH_HOP6,
  REACH_LINK_LOCAL,
  REACH4,
  REACH6,
  UNREACH_AFI,
  UNREACH_SAFI,
  UNREACH4,
  UNREACH6,
  LARGE_ADMINISTRATOR,
  LARGE_1,
  LARGE_2,
  UNKNOWN,
];

/** @returns where the attribute ends */
export function readAttribute(d: Dissection, at: number): number {
  d.reading(FLAGS);
  const flags = d.u8(at);
  const lengthBytes = (flags & 0x10) === 0 ? 1 : 2;
  d.reading(LENGTH);
  const length = d.number(at + 2, lengthBytes);
  const valueAt = at + 2 + lengthBytes;
  d.add(ATTRIBUTE, at, valueAt + length - at, null);
  d.say(`Attribute: ${TYPE.words?.[d.u8(at + 1)] ?? d.u8(at + 1).toString()}`);
  d.open();
  d.uint(FLAGS, at, 1);
  d.open();
  d.bits(OPTIONAL, at, 1, 0x80);
  d.bits(TRANSITIVE, at, 1, 0x40);
  d.bits(PARTIAL, at, 1, 0x20);
  d.bits(EXTENDED, at, 1, 0x10);
  d.close();
  const type = d.uint(TYPE, at + 1, 1);
  d.uint(LENGTH, at + 2, lengthBytes);
  if (!readValue(d, type, valueAt, length) && length > 0) d.view(UNKNOWN, valueAt, length);
  d.close();
  return valueAt + length;
}

/** False: there is no such attribute, or none of this length. */
function readValue(d: Dissection, type: number, at: number, length: number): boolean {
  const end = at + length;
  switch (type) {
    case 1:
      return one(d, ORIGIN, at, length, 1);
    case 2:
      readAsPath(d, at, end, asBytes(d, at, end));
      return true;
    case 17:
      readAsPath(d, at, end, 4);
      return true;
    case 3:
      return one(d, NEXT_HOP, at, length, 4);
    case 4:
      return one(d, MED, at, length, 4);
    case 5:
      return one(d, LOCAL_PREF, at, length, 4);
    case 6:
      return length === 0;
    case 7:
    case 18:
      if (length !== 8 && (length !== 6 || type === 18)) return false;
      d.uint(AGGREGATOR_AS, at, length - 4);
      d.ipv4(AGGREGATOR, at + length - 4);
      return true;
    case 8:
      if (length % 4 !== 0) return false;
      for (let next = at; next < end; next += 4) readCommunity(d, next);
      return true;
    case 9:
      return one(d, ORIGINATOR, at, length, 4);
    case 10:
      if (length % 4 !== 0) return false;
      for (let next = at; next < end; next += 4) d.ipv4(CLUSTER, next);
      return true;
    case 14:
      readReach(d, at, end);
      return true;
    case 15:
      readUnreach(d, at, end);
      return true;
    case 32:
      if (length % 12 !== 0) return false;
      for (let next = at; next < end; next += 12) {
        d.uint(LARGE_ADMINISTRATOR, next, 4);
        d.uint(LARGE_1, next + 4, 4);
        d.uint(LARGE_2, next + 8, 4);
      }
      return true;
    default:
      return false;
  }
}

function one(d: Dissection, of: Field, at: number, length: number, bytes: 1 | 4): boolean {
  if (length !== bytes) return false;
  if (of.type === 'ipv4') d.ipv4(of, at);
  else d.uint(of, at, bytes);
  return true;
}

function readAsPath(d: Dissection, at: number, end: number, bytes: 2 | 4): void {
  const of = bytes === 2 ? AS2 : AS4;
  for (let next = at; next < end;) {
    const count = d.u8(next + 1);
    d.add(SEGMENT, next, 2 + count * bytes, null);
    d.open();
    d.uint(SEGMENT_TYPE, next, 1);
    d.uint(SEGMENT_LENGTH, next + 1, 1);
    next += 2;
    for (let index = 0; index < count; index += 1, next += bytes) d.uint(of, next, bytes);
    d.close();
  }
}

/** An AS number's bytes in a path: nothing in the message says which, only the OPENs of the session's beginning did. */
function asBytes(d: Dissection, at: number, end: number): 2 | 4 {
  d.need(at, end - at);
  return readsAs(d, at, end, 2) ? 2 : 4;
}

function readsAs(d: Dissection, at: number, end: number, bytes: number): boolean {
  let next = at;
  while (next < end) {
    if (!d.has(next, 2)) return false;
    const type = d.u8(next);
    const count = d.u8(next + 1);
    if (type < 1 || type > 4 || count === 0) return false;
    next += 2 + count * bytes;
  }
  return next === end;
}

function readCommunity(d: Dissection, at: number): void {
  const community = d.u32(at);
  const administrator = community >>> 16;
  // RFC 1997: reserved, where the well-known ones are.
  if (administrator === 0 || administrator === 0xffff) {
    d.uint(COMMUNITY_KNOWN, at, 4);
    return;
  }
  d.uint(COMMUNITY_AS, at, 2);
  d.uint(COMMUNITY_VALUE, at + 2, 2);
}

function readReach(d: Dissection, at: number, end: number): void {
  const afi = d.uint(REACH_AFI, at, 2);
  const safi = d.uint(REACH_SAFI, at + 2, 1);
  d.reading(REACH_HOP);
  const hopLength = d.u8(at + 3);
  const hopAt = at + 4;
  d.view(REACH_HOP, hopAt, hopLength);
  d.open();
  if (hopLength === IPV4_BYTES) d.ipv4(REACH_HOP4, hopAt);
  if (hopLength === IPV6_BYTES || hopLength === 2 * IPV6_BYTES) d.ipv6(REACH_HOP6, hopAt);
  if (hopLength === 2 * IPV6_BYTES) d.ipv6(REACH_LINK_LOCAL, hopAt + IPV6_BYTES);
  d.close();
  // One byte lies between, once the number of subnetwork points of attachment, now reserved (RFC 4760 §3).
  readRoutes(d, hopAt + hopLength + 1, end, afi, safi, REACH4, REACH6);
}

function readUnreach(d: Dissection, at: number, end: number): void {
  const afi = d.uint(UNREACH_AFI, at, 2);
  const safi = d.uint(UNREACH_SAFI, at + 2, 1);
  readRoutes(d, at + 3, end, afi, safi, UNREACH4, UNREACH6);
}

/** Of unicast and multicast; what else there is begins with labels and distinguishers. */
function readRoutes(
  d: Dissection,
  at: number,
  end: number,
  afi: number,
  safi: number,
  of4: Field,
  of6: Field,
): void {
  if (safi !== 1 && safi !== 2) return;
  if (at < end) d.need(at, end - at);
  if (afi === 1) readPrefixes(d, at, end, of4, IPV4_BYTES, hasPathIds(d, at, end, IPV4_BYTES));
  if (afi === 2) readPrefixes(d, at, end, of6, IPV6_BYTES, hasPathIds(d, at, end, IPV6_BYTES));
}
