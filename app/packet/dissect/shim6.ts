// Shim6's payload header (RFC 5533 §5.2): tells which context the addresses belong to. Its control messages are left as they are.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { IP_PROTOCOL_WORDS } from './numbers.ts';

const SHIM6 = field('shim6', 'Shim6', 'protocol');
const NXT = field('shim6.nxt', 'Next header', 'uint', { words: IP_PROTOCOL_WORDS });
const LEN = field('shim6.len', 'Length, in 8 bytes beyond the first', 'uint');
const PAYLOAD = field('shim6.p', 'Payload follows', 'boolean');

export const FIELDS = [SHIM6, NXT, LEN, PAYLOAD];

export function dissectShim6(d: Dissection, at: number, end: number): void {
  d.layer(SHIM6, at, 8);
  d.reading(LEN);
  d.need(at, 3);
  const next = d.uint(NXT, at, 1);
  const bytes = (d.uint(LEN, at + 1, 1) + 1) * 8;
  if (d.bits(PAYLOAD, at + 2, 1, 0x80) === 1) d.next('ipProtocol', next, at + bytes, end);
}
