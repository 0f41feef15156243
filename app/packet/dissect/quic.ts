// QUIC (RFC 9000) as far as everybody on the path can read it: long headers, and the handshake in a client's first packets,
// whose keys come from the connection's id in them (RFC 9001 §5.2). A server's need what the client sent: they stay closed.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { FIELDS as MARKS } from './marks.ts';
import { openInitial } from './quic-initial.ts';
import { isKnownVersion, isVersion2, QUIC_VERSION_WORDS } from './quic-versions.ts';
import {
  addHandshake,
  HEADER_BYTES as MESSAGE_HEADER_BYTES,
  isMessage,
  messageEnd,
} from './tls-handshake.ts';
import { FIELDS as TLS_FIELDS, TLS } from './tls.ts';

const QUIC = field('quic', 'QUIC', 'protocol');
const LONG = field('quic.header_form', 'Long header', 'boolean');
const PACKET_TYPE = field('quic.long.packet_type', 'Packet', 'uint', {
  words: { 0: 'Initial', 1: '0-RTT', 2: 'Handshake', 3: 'Retry' },
});
const PACKET_TYPE_2 = field('quic.long.packet_type_v2', 'Packet', 'uint', {
  words: { 0: 'Retry', 1: 'Initial', 2: '0-RTT', 3: 'Handshake' },
});
const VERSION = field('quic.version', 'Version', 'uint', { hexDigits: 8, words: QUIC_VERSION_WORDS });
const DESTINATION_LENGTH = field('quic.dcil', 'Length of the destination’s id', 'uint');
const DESTINATION = field('quic.dcid', 'Destination’s id', 'bytes');
const SOURCE_LENGTH = field('quic.scil', 'Length of the source’s id', 'uint');
const SOURCE = field('quic.scid', 'Source’s id', 'bytes');
const TOKEN_LENGTH = field('quic.token_length', 'Length of the token', 'uint');
const TOKEN = field('quic.token', 'Token', 'bytes');
const LENGTH = field('quic.length', 'Length', 'uint');
const NUMBER = field('quic.packet_number', 'Packet number', 'uint');

export const FIELDS: readonly Field[] = [
  QUIC,
  LONG,
  PACKET_TYPE,
  PACKET_TYPE_2,
  VERSION,
  DESTINATION_LENGTH,
  DESTINATION,
  SOURCE_LENGTH,
  SOURCE,
  TOKEN_LENGTH,
  TOKEN,
  LENGTH,
  NUMBER,
];

/** What only an opened packet tells. */
const INSIDE: readonly Field[] = [NUMBER, ...TLS_FIELDS, ...MARKS];

const INITIAL = 0;
const RETRY = 3;
/** RFC 9000 §17.2. */
const LONGEST_ID = 20;
/** To open one costs; a datagram rarely holds more than one. */
const MOST_OPENED = 4;

/** A long header with the fixed bit, of a version that is known. */
export function looksLikeQuic(d: Dissection, at: number): boolean {
  if (!d.has(at, 7) || (d.u8(at) & 0xc0) !== 0xc0) return false;
  return isKnownVersion(d.u32(at + 1)) && d.u8(at + 5) <= LONGEST_ID;
}

export function dissectQuic(d: Dissection, at: number, end: number): void {
  let left = INSIDE.some((of) => d.wants(of)) ? MOST_OPENED : 0;
  for (let next = at; next < end && looksLikeQuic(d, next);) {
    d.layer(QUIC, next, end - next);
    const packet = addHeader(d, next, end);
    if (packet.type === INITIAL && left > 0 && packet.end <= d.captureEnd) {
      left -= 1;
      readInitial(d, packet);
    }
    next = packet.end;
  }
}

interface LongPacket {
  readonly type: number;
  readonly version: number;
  readonly at: number;
  readonly destination: Uint8Array;
  /** Where the protected packet number begins. */
  readonly numberAt: number;
  readonly end: number;
}

function addHeader(d: Dissection, at: number, end: number): LongPacket {
  d.bits(LONG, at, 1, 0x80);
  // Version 2 counts its types from one on (RFC 9369 §3.2).
  const type = isVersion2(d.u32(at + 1))
    ? (d.bits(PACKET_TYPE_2, at, 1, 0x30) + 3) & 3
    : d.bits(PACKET_TYPE, at, 1, 0x30);
  const version = d.uint(VERSION, at + 1, 4);
  const destinationLength = d.uint(DESTINATION_LENGTH, at + 5, 1);
  const destination = d.bytes(at + 6, destinationLength);
  if (destinationLength > 0) d.view(DESTINATION, at + 6, destinationLength);
  const sourceAt = at + 6 + destinationLength;
  const sourceLength = d.uint(SOURCE_LENGTH, sourceAt, 1);
  if (sourceLength > 0) d.view(SOURCE, sourceAt + 1, sourceLength);
  let next = sourceAt + 1 + sourceLength;
  if (type === RETRY) return { type, version, at, destination, numberAt: end, end };
  if (type === INITIAL) {
    const token = readVarint(d, next);
    d.add(TOKEN_LENGTH, next, token.bytes, token.value);
    next += token.bytes;
    if (token.value > 0) d.view(TOKEN, next, token.value);
    next += token.value;
  }
  const length = readVarint(d, next);
  d.add(LENGTH, next, length.bytes, length.value);
  const numberAt = next + length.bytes;
  return { type, version, at, destination, numberAt, end: numberAt + length.value };
}

/** RFC 9000 §16. */
function readVarint(d: Dissection, at: number): { readonly value: number; readonly bytes: number } {
  const first = d.u8(at);
  const bytes = 1 << (first >> 6);
  let value = first & 0x3f;
  for (let index = 1; index < bytes; index += 1) value = value * 0x100 + d.u8(at + index);
  return { value, bytes };
}

function readInitial(d: Dissection, { version, at, destination, numberAt, end }: LongPacket): void {
  const opened = openInitial(d.bytes(at, end - at), numberAt - at, version, destination);
  if (opened === null) return;
  const { number, numberBytes, frames } = opened;
  d.add(NUMBER, numberAt, numberBytes, number);
  const sealedAt = numberAt + numberBytes;
  const fragments: Fragment[] = [];
  d.within(frames, sealedAt, end - sealedAt, () => readFrames(d, frames.length, fragments));
  const handshake = joined(fragments);
  if (handshake.length === 0) return;
  d.layer(TLS, sealedAt, end - sealedAt);
  d.within(handshake, sealedAt, end - sealedAt, () => readHandshake(d, handshake.length));
}

interface Fragment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** RFC 9000 §19; of frames that an Initial packet may have, those of the handshake. */
function readFrames(d: Dissection, end: number, fragments: Fragment[]): void {
  for (let next = 0; next < end;) {
    const type = d.u8(next);
    next += 1;
    if (type <= 0x01) continue;
    if (type === 0x02 || type === 0x03) {
      next = pastAcknowledgement(d, next, type === 0x03);
      continue;
    }
    // Google's own versions numbered it otherwise; here nobody else may have what it is now.
    if (type !== 0x06 && type !== 0x08) return;
    const offset = readVarint(d, next);
    const length = readVarint(d, next + offset.bytes);
    const at = next + offset.bytes + length.bytes;
    fragments.push({ offset: offset.value, bytes: d.bytes(at, length.value) });
    next = at + length.value;
  }
}

function pastAcknowledgement(d: Dissection, at: number, counts: boolean): number {
  let next = at;
  const skip = (): number => {
    const { value, bytes } = readVarint(d, next);
    next += bytes;
    return value;
  };
  skip();
  skip();
  const ranges = skip();
  skip();
  for (let range = 0; range < ranges; range += 1) {
    skip();
    skip();
  }
  if (counts) for (let count = 0; count < 3; count += 1) skip();
  return next;
}

/** What the fragments say from the stream's beginning on, without a gap; they come in any order, and more than once. */
function joined(fragments: readonly Fragment[]): Uint8Array {
  const inOrder = [...fragments].sort((one, other) => one.offset - other.offset);
  let length = 0;
  for (const { offset, bytes } of inOrder)
    if (offset <= length) length = Math.max(length, offset + bytes.length);
  const whole = new Uint8Array(length);
  for (const { offset, bytes } of inOrder) if (offset + bytes.length <= length) whole.set(bytes, offset);
  return whole;
}

function readHandshake(d: Dissection, end: number): void {
  for (let next = 0; next + MESSAGE_HEADER_BYTES <= end && isMessage(d, next, end);) {
    const message = next;
    next = messageEnd(d, message);
    if (next > end) return;
    d.attempt(() => addHandshake(d, message));
  }
}
