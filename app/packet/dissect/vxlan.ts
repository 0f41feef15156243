// VXLAN (RFC 7348), with group policies (draft-smith-vxlan-group-policy), and VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe), which
// says what it carries.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { Link } from './numbers.ts';

const VXLAN = field('vxlan', 'VXLAN', 'protocol');
const FLAGS = field('vxlan.flags', 'Flags', 'uint', { hexDigits: 4 });
const GROUP_FLAG = field('vxlan.flag_g', 'Has a group policy', 'boolean');
const VNI_FLAG = field('vxlan.flag_i', 'Has a network identifier', 'boolean');
const GROUP = field('vxlan.gbp', 'Group policy', 'uint');
const VNI = field('vxlan.vni', 'Network identifier', 'uint');
const RESERVED = field('vxlan.reserved8', 'Reserved', 'uint');
const NEXT = field('vxlan.next_proto', 'Next protocol', 'uint', {
  words: { 1: 'IPv4', 2: 'IPv6', 3: 'Ethernet', 4: 'NSH', 5: 'MPLS' },
});

export const FIELDS = [VXLAN, FLAGS, GROUP_FLAG, VNI_FLAG, GROUP, VNI, RESERVED, NEXT];

const HEADER_BYTES = 8;
const ETHER_TYPES = new Map([
  [1, 0x0800],
  [2, 0x86dd],
  [5, 0x8847],
]);
const ETHERNET = 3;

export function dissectVxlan(d: Dissection, at: number, end: number): void {
  d.layer(VXLAN, at, HEADER_BYTES);
  d.uint(FLAGS, at, 2);
  d.open();
  d.bits(GROUP_FLAG, at, 2, 0x8000);
  d.bits(VNI_FLAG, at, 2, 0x0800);
  d.close();
  d.uint(GROUP, at + 2, 2);
  d.uint(VNI, at + 4, 3);
  d.uint(RESERVED, at + 7, 1);
  d.next('linkType', Link.ethernet, at + HEADER_BYTES, end);
}

export function dissectVxlanGpe(d: Dissection, at: number, end: number): void {
  d.layer(VXLAN, at, HEADER_BYTES);
  const next = d.uint(NEXT, at + 3, 1);
  d.uint(VNI, at + 4, 3);
  d.uint(RESERVED, at + 7, 1);
  const type = ETHER_TYPES.get(next);
  if (type !== undefined) d.next('etherType', type, at + HEADER_BYTES, end);
  else if (next === ETHERNET) d.next('linkType', Link.ethernet, at + HEADER_BYTES, end);
  else d.next('data', 0, at + HEADER_BYTES, end);
}
