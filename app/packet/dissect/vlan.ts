// VLAN tags (IEEE 802.1Q §9): priority, drop eligible, VLAN, then the type or length of what is tagged. Those of a provider
// (EtherType 0x88a8) have names of their own.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { LONGEST_LENGTH, readOnByLength } from './ieee-802.ts';
import { ETHER_TYPE_WORDS } from './numbers.ts';

const VLAN = field('vlan', 'VLAN', 'protocol');
const PRIORITY = field('vlan.priority', 'Priority', 'uint');
const DEI = field('vlan.dei', 'May be dropped first', 'boolean');
const ID = field('vlan.id', 'VLAN', 'uint');
const ETYPE = field('vlan.etype', 'EtherType', 'uint', { hexDigits: 4, words: ETHER_TYPE_WORDS });
const LEN = field('vlan.len', 'Length', 'uint');

const PROVIDER = field('ieee8021ad', 'Provider VLAN', 'protocol');
const PROVIDER_PRIORITY = field('ieee8021ad.priority', 'Priority', 'uint');
const PROVIDER_DEI = field('ieee8021ad.dei', 'May be dropped first', 'boolean');
const PROVIDER_ID = field('ieee8021ad.id', 'VLAN', 'uint');
const PROVIDER_ETYPE = field('ieee8021ah.etype', 'EtherType', 'uint', {
  hexDigits: 4,
  words: ETHER_TYPE_WORDS,
});

export const FIELDS = [
  ...[VLAN, PRIORITY, DEI, ID, ETYPE, LEN],
  ...[PROVIDER, PROVIDER_PRIORITY, PROVIDER_DEI, PROVIDER_ID, PROVIDER_ETYPE],
];

const TAG_BYTES = 4;

export function dissectVlan(d: Dissection, at: number, end: number): void {
  d.layer(VLAN, at, TAG_BYTES);
  d.bits(PRIORITY, at, 2, 0xe000);
  d.bits(DEI, at, 2, 0x1000);
  d.bits(ID, at, 2, 0x0fff);
  const type = d.u16(at + 2);
  const payloadAt = at + TAG_BYTES;
  if (type <= LONGEST_LENGTH) {
    d.add(LEN, at + 2, 2, type);
    readOnByLength(d, type, payloadAt, end);
  } else {
    d.add(ETYPE, at + 2, 2, type);
    d.next('etherType', type, payloadAt, end);
  }
}

export function dissectProviderVlan(d: Dissection, at: number, end: number): void {
  d.layer(PROVIDER, at, TAG_BYTES);
  d.reading(PROVIDER_ID);
  d.need(at, TAG_BYTES);
  d.bits(PROVIDER_PRIORITY, at, 2, 0xe000);
  d.bits(PROVIDER_DEI, at, 2, 0x1000);
  d.bits(PROVIDER_ID, at, 2, 0x0fff);
  const type = d.uint(PROVIDER_ETYPE, at + 2, 2);
  d.next('etherType', type, at + TAG_BYTES, end);
}
