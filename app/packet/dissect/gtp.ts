// GTP-U (3GPP TS 29.281): packets of mobile networks between base stations and gateways.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { Link } from './numbers.ts';

const MESSAGE_WORDS = {
  1: 'Echo request',
  2: 'Echo response',
  26: 'Error',
  254: 'End marker',
  255: 'Packet',
};

const GTP = field('gtp', 'GTP', 'protocol');
const FLAGS = field('gtp.flags', 'Flags', 'uint', { hexDigits: 2 });
const VERSION = field('gtp.flags.version', 'Version', 'uint');
const MESSAGE = field('gtp.message', 'Message', 'uint', { hexDigits: 2, words: MESSAGE_WORDS });
const LENGTH = field('gtp.length', 'Length', 'uint');
const TEID = field('gtp.teid', 'Tunnel', 'uint', { hexDigits: 8 });
const SEQUENCE = field('gtp.seq_number', 'Sequence number', 'uint', { hexDigits: 4 });

export const FIELDS = [GTP, FLAGS, VERSION, MESSAGE, LENGTH, TEID, SEQUENCE];

const HEADER_BYTES = 8;
const PACKET = 255;
const OPTIONAL = 0x07;
const HAS_SEQUENCE = 0x02;
const HAS_EXTENSION = 0x04;

export function dissectGtpUser(d: Dissection, at: number, end: number): void {
  d.layer(GTP, at, HEADER_BYTES);
  d.reading(MESSAGE);
  d.need(at, 2);
  const flags = d.uint(FLAGS, at, 1);
  d.bits(VERSION, at, 1, 0xe0);
  const message = d.uint(MESSAGE, at + 1, 1);
  const length = d.uint(LENGTH, at + 2, 2);
  d.uint(TEID, at + 4, 4);
  const limit = Math.min(end, at + HEADER_BYTES + length);
  let from = at + HEADER_BYTES;
  if ((flags & OPTIONAL) !== 0) {
    if ((flags & HAS_SEQUENCE) !== 0) d.uint(SEQUENCE, from, 2);
    let next = (flags & HAS_EXTENSION) === 0 ? 0 : d.u8(from + 3);
    from += 4;
    while (next !== 0) {
      const bytes = d.u8(from) * 4;
      if (bytes === 0) return;
      next = d.u8(from + bytes - 1);
      from += bytes;
    }
  }
  if (message === PACKET && from < limit) d.next('linkType', Link.ip, from, limit);
}
