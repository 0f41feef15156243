// L2TP (RFC 2661): PPP in UDP. Control messages are told from packets; their attributes are left as they are.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { Link } from './numbers.ts';

const L2TP = field('l2tp', 'L2TP', 'protocol');
const FLAGS = field('l2tp.flags', 'Flags', 'uint', { hexDigits: 4 });
const TYPE = field('l2tp.type', 'Type', 'uint', { words: { 0: 'Packet', 1: 'Control' } });
const VERSION = field('l2tp.version', 'Version', 'uint');
const LENGTH = field('l2tp.length', 'Length', 'uint');
const TUNNEL = field('l2tp.tunnel', 'Tunnel', 'uint');
const SESSION = field('l2tp.session', 'Session', 'uint');
const NS = field('l2tp.Ns', 'Sequence number', 'uint');
const NR = field('l2tp.Nr', 'Expected sequence number', 'uint');

export const FIELDS = [L2TP, FLAGS, TYPE, VERSION, LENGTH, TUNNEL, SESSION, NS, NR];

const CONTROL = 0x8000;
const HAS_LENGTH = 0x4000;
const HAS_SEQUENCE = 0x0800;
const HAS_OFFSET = 0x0200;

export function dissectL2tp(d: Dissection, at: number, end: number): void {
  d.layer(L2TP, at, 6);
  // All or nothing, as far as the session, and of a control message to its end.
  d.reading(FLAGS);
  const said = d.u16(at);
  const lengthBytes = (said & HAS_LENGTH) === 0 ? 0 : 2;
  d.need(at, (said & CONTROL) === 0 || lengthBytes === 0 ? 6 + lengthBytes : d.u16(at + 2));
  const flags = d.uint(FLAGS, at, 2);
  d.bits(TYPE, at, 2, CONTROL);
  const version = d.bits(VERSION, at, 2, 0x000f);
  if (version !== 2) return;
  let from = at + 2;
  if ((flags & HAS_LENGTH) !== 0) {
    d.uint(LENGTH, from, 2);
    from += 2;
  }
  d.uint(TUNNEL, from, 2);
  d.uint(SESSION, from + 2, 2);
  from += 4;
  if ((flags & HAS_SEQUENCE) !== 0) {
    d.uint(NS, from, 2);
    d.uint(NR, from + 2, 2);
    from += 4;
  }
  if ((flags & CONTROL) !== 0) return;
  if ((flags & HAS_OFFSET) !== 0) from += 2 + d.u16(from);
  d.next('linkType', Link.ppp, from, end);
}
