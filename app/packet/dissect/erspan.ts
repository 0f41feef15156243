// Mirrored frames in GRE (draft-foschiano-erspan): kind I has no header, II has 8 bytes, III 12 and perhaps 8 more.
import type { Dissection, Step } from './dissection.ts';
import { field } from './field.ts';
import { Link } from './numbers.ts';

const ERSPAN = field('erspan', 'ERSPAN', 'protocol');
const VERSION = field('erspan.version', 'Version', 'uint', { words: { 1: 'II', 2: 'III' } });
const VLAN = field('erspan.vlan', 'VLAN', 'uint');
const COS = field('erspan.cos', 'Class of service', 'uint');
const TRUNCATED = field('erspan.truncated', 'Truncated', 'boolean');
const SESSION = field('erspan.spanid', 'Session', 'uint');
const INDEX = field('erspan.index', 'Port index', 'uint');
const TIMESTAMP = field('erspan.timestamp', 'Timestamp', 'uint');

export const FIELDS = [ERSPAN, VERSION, VLAN, COS, TRUNCATED, SESSION, INDEX, TIMESTAMP];

const SEQUENCE_PRESENT = 0x1000;

export function dissectErspan(d: Dissection, at: number, end: number, step: Step): void {
  // Kind I is GRE without a sequence number.
  if (step.key === 0x88be && (step.other & SEQUENCE_PRESENT) === 0) {
    d.layer(ERSPAN, at, 0);
    d.next('linkType', Link.ethernet, at, end);
    return;
  }
  d.layer(ERSPAN, at, 8);
  const version = d.bits(VERSION, at, 2, 0xf000);
  d.bits(VLAN, at, 2, 0x0fff);
  d.bits(COS, at + 2, 2, 0xe000);
  d.bits(TRUNCATED, at + 2, 2, 0x0400);
  d.bits(SESSION, at + 2, 2, 0x03ff);
  if (version === 1) {
    d.bits(INDEX, at + 4, 4, 0x000fffff);
    d.next('linkType', Link.ethernet, at + 8, end);
  } else if (version === 2) {
    d.uint(TIMESTAMP, at + 4, 4);
    const more = (d.u8(at + 11) & 0x01) === 1 ? 8 : 0;
    d.next('linkType', Link.ethernet, at + 12 + more, end);
  }
}
