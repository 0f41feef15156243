// TCP (RFC 9293), without what only the packets around it tell: numbers are the segment's own, windows are not scaled.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { MALFORMED } from './marks.ts';
import { addTcpOptions, FIELDS as OPTION_FIELDS } from './tcp-options.ts';

const TCP = field('tcp', 'Transmission Control Protocol', 'protocol');
const SRCPORT = field('tcp.srcport', 'Source port', 'uint');
const DSTPORT = field('tcp.dstport', 'Destination port', 'uint');
const PORT = field('tcp.port', 'Source or destination port', 'uint');
const LEN = field('tcp.len', 'Payload length', 'uint');
const SEQ_RAW = field('tcp.seq_raw', 'Sequence number', 'uint');
const SEQ = field('tcp.seq', 'Sequence number', 'uint');
const NXTSEQ = field('tcp.nxtseq', 'Next sequence number', 'uint');
const ACK = field('tcp.ack', 'Acknowledgment number', 'uint');
const ACK_RAW = field('tcp.ack_raw', 'Acknowledgment number', 'uint');
const HDR_LEN = field('tcp.hdr_len', 'Header length', 'uint');
const FLAGS = field('tcp.flags', 'Flags', 'uint', { hexDigits: 4 });
const FLAGS_TEXT = field('tcp.flags.str', 'Flags in letters', 'text');
const WINDOW_VALUE = field('tcp.window_size_value', 'Window', 'uint');
const WINDOW = field('tcp.window_size', 'Window, not scaled', 'uint');
const CHECKSUM = field('tcp.checksum', 'Checksum', 'uint', { hexDigits: 4 });
const URGENT = field('tcp.urgent_pointer', 'Urgent pointer', 'uint');
const OPTIONS = field('tcp.options', 'Options', 'bytes');
const PAYLOAD = field('tcp.payload', 'Payload', 'bytes');
const RESET_CAUSE = field('tcp.reset_cause', 'Why', 'text');

/** From the highest bit down, with the letter that `tcp.flags.str` has for each. */
const FLAG_BITS = [
  { bit: 0x800, letter: 'R', of: null },
  { bit: 0x400, letter: 'R', of: null },
  { bit: 0x200, letter: 'R', of: null },
  { bit: 0x100, letter: 'A', of: field('tcp.flags.ae', 'Accurate ECN', 'boolean') },
  { bit: 0x080, letter: 'C', of: field('tcp.flags.cwr', 'Congestion window reduced', 'boolean') },
  { bit: 0x040, letter: 'E', of: field('tcp.flags.ece', 'ECN echo', 'boolean') },
  { bit: 0x020, letter: 'U', of: field('tcp.flags.urg', 'Urgent', 'boolean') },
  { bit: 0x010, letter: 'A', of: field('tcp.flags.ack', 'Acknowledgment', 'boolean') },
  { bit: 0x008, letter: 'P', of: field('tcp.flags.push', 'Push', 'boolean') },
  { bit: 0x004, letter: 'R', of: field('tcp.flags.reset', 'Reset', 'boolean') },
  { bit: 0x002, letter: 'S', of: field('tcp.flags.syn', 'Syn', 'boolean') },
  { bit: 0x001, letter: 'F', of: field('tcp.flags.fin', 'Fin', 'boolean') },
];
const RESERVED = field('tcp.flags.res', 'Reserved', 'boolean');

export const FIELDS = [
  TCP,
  SRCPORT,
  DSTPORT,
  PORT,
  LEN,
  SEQ,
  SEQ_RAW,
  NXTSEQ,
  ACK,
  ACK_RAW,
  HDR_LEN,
  FLAGS,
  RESERVED,
  ...FLAG_BITS.flatMap(({ of }) => (of === null ? [] : [of])),
  FLAGS_TEXT,
  WINDOW_VALUE,
  WINDOW,
  CHECKSUM,
  URGENT,
  OPTIONS,
  ...OPTION_FIELDS,
  PAYLOAD,
  RESET_CAUSE,
];

const HEADER_BYTES = 20;
const SYN = 0x002;
const RST = 0x004;
const FIN = 0x001;

export function dissectTcp(d: Dissection, at: number, end: number): void {
  const header = d.has(at + 12, 1) ? (d.u8(at + 12) >> 4) * 4 : HEADER_BYTES;
  d.layer(TCP, at, Math.max(HEADER_BYTES, header));
  const source = d.u16(at);
  const destination = d.u16(at + 2);
  d.uint(SRCPORT, at, 2);
  d.uint(DSTPORT, at + 2, 2);
  d.add(PORT, at, 2, source);
  d.add(PORT, at + 2, 2, destination);
  d.reading(SEQ);
  const quotedBy4 = d.quoted && d.addressBytes === 4;
  // Of what an error quotes eight bytes are sure, and over IPv4 no more.
  if (quotedBy4) d.uint(SEQ, at + 4, 4);
  // A quote may end there; that is no mistake.
  if (d.quoted && at + 16 > end) return;
  d.need(at, 16);
  const headerLength = (d.u8(at + 12) >> 4) * 4;
  const payloadAt = at + headerLength;
  const length = end - payloadAt;
  const flags = d.u16(at + 12) & 0x0fff;
  const sound = headerLength >= HEADER_BYTES;
  if (!quotedBy4) addSequence(d, at, length, sound ? flags : null);
  if (!sound) {
    d.add(HDR_LEN, at + 12, 1, headerLength);
    d.say(`Header length: ${headerLength.toString()} bytes, but no header is shorter than 20`);
    return;
  }
  if (length < 0 && !d.quoted && !d.fragment) d.add(MALFORMED, at + 12, 1, null);
  d.uint(ACK, at + 8, 4);
  d.uint(ACK_RAW, at + 8, 4);
  d.add(HDR_LEN, at + 12, 1, headerLength);
  addFlags(d, at + 12, flags);
  d.uint(WINDOW_VALUE, at + 14, 2);
  d.uint(WINDOW, at + 14, 2);
  d.uint(CHECKSUM, at + 16, 2);
  d.uint(URGENT, at + 18, 2);
  if (headerLength > HEADER_BYTES) {
    const optionsAt = at + HEADER_BYTES;
    const there = Math.min(payloadAt, d.captureEnd);
    d.view(OPTIONS, optionsAt, there - optionsAt);
    d.open();
    addTcpOptions(d, optionsAt, payloadAt);
    d.close();
  }
  const captured = d.captureEnd - payloadAt;
  if (captured <= 0) return;
  // What comes with a reset says why, in words (RFC 9293 §3.5.3), and is nobody's message.
  if ((flags & RST) !== 0) {
    d.text(RESET_CAUSE, payloadAt, captured);
    return;
  }
  d.view(PAYLOAD, payloadAt, captured);
  d.next('tcpPayload', source, payloadAt, end, destination);
}

/** @param flags null: the header is unsound, and where the payload would end with it. */
function addSequence(d: Dissection, at: number, length: number, flags: number | null): void {
  const sequence = d.u32(at + 4);
  // A fragment's length tells nothing of the segment's.
  const known = length >= 0 && !d.fragment && !d.quoted;
  if (known) d.add(LEN, at, 0, length);
  d.add(SEQ, at + 4, 4, sequence);
  d.add(SEQ_RAW, at + 4, 4, sequence);
  if (!known || flags === null) return;
  const taken = length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
  d.add(NXTSEQ, at, 0, (sequence + taken) >>> 0);
}

function addFlags(d: Dissection, at: number, flags: number): void {
  d.add(FLAGS, at, 2, flags);
  d.open();
  d.add(RESERVED, at, 1, (flags & 0xe00) === 0 ? 0 : 1);
  let letters = '';
  for (const { bit, letter, of } of FLAG_BITS) {
    const set = (flags & bit) !== 0;
    letters += set ? letter : '·';
    if (of !== null) d.add(of, bit > 0xff ? at : at + 1, 1, set ? 1 : 0);
  }
  d.add(FLAGS_TEXT, at, 2, letters);
  d.close();
}
