// MPLS (RFC 3032). The stack does not say what lies under it: the label does where it is a reserved one, else the first
// four bits, which are IP's version (RFC 4928), or 0 and 1 for a pseudowire (RFC 4385).
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { Link } from './numbers.ts';

const LABEL_WORDS = {
  0: 'IPv4 explicit null',
  1: 'Router alert',
  2: 'IPv6 explicit null',
  3: 'Implicit null',
  7: 'Entropy label',
  13: 'Associated channel',
  14: 'Maintenance',
};

const MPLS = field('mpls', 'MPLS', 'protocol');
const LABEL = field('mpls.label', 'Label', 'uint', { words: LABEL_WORDS });
const EXP = field('mpls.exp', 'Traffic class', 'uint');
const BOTTOM = field('mpls.bottom', 'Bottom of the stack', 'boolean');
const TTL = field('mpls.ttl', 'Time to live', 'uint');
const CONTROL_WORD = field('pwethcw', 'Pseudowire control word', 'protocol');
const SEQUENCE = field('pweth.cw.sequence_number', 'Sequence number', 'uint');

export const FIELDS = [MPLS, LABEL, EXP, BOTTOM, TTL, CONTROL_WORD, SEQUENCE];

const ENTRY_BYTES = 4;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const MPLS_TYPE = 0x8847;

export function dissectMpls(d: Dissection, at: number, end: number): void {
  d.layer(MPLS, at, ENTRY_BYTES);
  const label = d.bits(LABEL, at, 4, 0xfffff000);
  d.bits(EXP, at, 4, 0x00000e00);
  const bottom = d.bits(BOTTOM, at, 4, 0x00000100);
  d.bits(TTL, at, 4, 0x000000ff);
  const payloadAt = at + ENTRY_BYTES;
  if (bottom === 0) d.next('etherType', MPLS_TYPE, payloadAt, end);
  else if (label === 0) d.next('etherType', IPV4, payloadAt, end);
  else if (label === 2) d.next('etherType', IPV6, payloadAt, end);
  else readOn(d, payloadAt, end);
}

function readOn(d: Dissection, at: number, end: number): void {
  if (at >= end) return;
  const first = d.u8(at) >> 4;
  if (first === 4) d.next('etherType', IPV4, at, end);
  else if (first === 6) d.next('etherType', IPV6, at, end);
  else if (first === 0) {
    d.layer(CONTROL_WORD, at, ENTRY_BYTES);
    // What follows is looked at first.
    d.reading(SEQUENCE);
    d.need(at, Math.min(8, end - at));
    d.uint(SEQUENCE, at + 2, 2);
    d.next('linkType', Link.ethernet, at + ENTRY_BYTES, end);
  } else d.next('data', 0, at, end);
}
