// Mobility header (RFC 6275 §6.1): what it is of; its messages are left as they are.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { IP_PROTOCOL_WORDS } from './numbers.ts';

const TYPE_WORDS = {
  0: 'Binding refresh request',
  1: 'Home test init',
  2: 'Care-of test init',
  3: 'Home test',
  4: 'Care-of test',
  5: 'Binding update',
  6: 'Binding acknowledgement',
  7: 'Binding error',
};

const MOBILITY = field('mipv6', 'Mobility', 'protocol');
const PROTO = field('mip6.proto', 'Next header', 'uint', { words: IP_PROTOCOL_WORDS });
const LENGTH = field('mip6.hlen', 'Length, in 8 bytes beyond the first', 'uint');
const TYPE = field('mip6.mhtype', 'Type', 'uint', { words: TYPE_WORDS });
const RESERVED = field('mip6.reserved', 'Reserved', 'uint', { hexDigits: 2 });
const CHECKSUM = field('mip6.csum', 'Checksum', 'uint', { hexDigits: 4 });

export const FIELDS = [MOBILITY, PROTO, LENGTH, TYPE, RESERVED, CHECKSUM];

export function dissectMobility(d: Dissection, at: number, end: number): void {
  d.layer(MOBILITY, at, end - at);
  d.reading(LENGTH);
  d.need(at, 2);
  d.uint(PROTO, at, 1);
  d.uint(LENGTH, at + 1, 1);
  d.uint(TYPE, at + 2, 1);
  d.uint(RESERVED, at + 3, 1);
  d.uint(CHECKSUM, at + 4, 2);
}
