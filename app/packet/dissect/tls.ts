// TLS records (RFC 5246 §6.2, 8446 §5) in the segments of a stream, each read for itself; and the hello of SSL 2 (RFC 6101
// appendix E). Records that end in another segment are not looked into, as tshark does without reassembly.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import {
  addHandshake,
  FIELDS as HANDSHAKE_FIELDS,
  HANDSHAKE_TYPE,
  HEADER_BYTES,
  isMessage,
  messageEnd,
} from './tls-handshake.ts';
import { SESSION_ID_LENGTH, VERSION } from './tls-hello.ts';
import { ALERT_LEVEL_WORDS, ALERT_WORDS, CONTENT_WORDS, VERSION_WORDS } from './tls-words.ts';

export const TLS = field('tls', 'Transport Layer Security', 'protocol');
const RECORD = field('tls.record', 'Record', 'none');
const CONTENT_TYPE = field('tls.record.content_type', 'Content', 'uint', { words: CONTENT_WORDS });
const RECORD_VERSION = field('tls.record.version', 'Version', 'uint', {
  hexDigits: 4,
  words: VERSION_WORDS,
});
const RECORD_LENGTH = field('tls.record.length', 'Length', 'uint');
const CHANGE_CIPHER_SPEC = field('tls.change_cipher_spec', 'Change cipher spec', 'none');
const APPLICATION_DATA = field('tls.app_data', 'Encrypted application data', 'bytes');
const ALERT = field('tls.alert_message', 'Alert', 'none');
const ALERT_LEVEL = field('tls.alert_message.level', 'Level', 'uint', { words: ALERT_LEVEL_WORDS });
const ALERT_DESCRIPTION = field('tls.alert_message.desc', 'Description', 'uint', { words: ALERT_WORDS });

const SPECS_LENGTH = field('tls.handshake.cipher_spec_len', 'Length of the cipher suites', 'uint');
const CHALLENGE_LENGTH = field('tls.handshake.challenge_length', 'Length of the challenge', 'uint');
const SPEC = field('tls.handshake.cipherspec', 'Cipher suite', 'uint', { hexDigits: 6 });

export const FIELDS: readonly Field[] = [
  TLS,
  RECORD,
  CONTENT_TYPE,
  RECORD_VERSION,
  RECORD_LENGTH,
  CHANGE_CIPHER_SPEC,
  APPLICATION_DATA,
  ALERT,
  ALERT_LEVEL,
  ALERT_DESCRIPTION,
  SPECS_LENGTH,
  CHALLENGE_LENGTH,
  SPEC,
  ...HANDSHAKE_FIELDS,
];

const RECORD_HEADER_BYTES = 5;
/** RFC 5246 §6.2.3: 2^14 and what encryption may add. */
const LONGEST_RECORD = 0x4800;
const CHANGE_CIPHER = 20;
const ALERTS = 21;
const HANDSHAKES = 22;
const APPLICATION = 23;
const HEARTBEATS = 24;

export function dissectTls(d: Dissection, at: number, end: number): void {
  d.layer(TLS, at, d.captureEnd - at);
  if (isVersion2Hello(d, at)) {
    addVersion2Hello(d, at);
    return;
  }
  const handshake = new HandshakeStream(d);
  let next = at;
  while (d.has(next, RECORD_HEADER_BYTES) && isRecord(d, next)) {
    const length = d.u16(next + 3);
    const recordEnd = next + RECORD_HEADER_BYTES + length;
    if (length >= LONGEST_RECORD || recordEnd > end) return;
    const begin = next;
    d.attempt(() => addRecord(d, begin, recordEnd, handshake));
    next = recordEnd;
  }
  // Where the capture, not the segment, ends within the header of a record.
  if (next < end && next + RECORD_HEADER_BYTES > d.captureEnd && d.captureEnd < end) {
    d.reading(RECORD);
    d.need(d.captureEnd, 1);
  }
}

/** On a port of TLS, where some speak HTTP in the clear: what begins like no text. */
export function mayBeTls(d: Dissection, at: number): boolean {
  const first = d.has(at, 1) ? d.u8(at) : 0;
  return first < 0x20 || first > 0x7e;
}

/** A record of a handshake or of data, with a version and a length that can be. */
export function looksLikeTls(d: Dissection, at: number): boolean {
  if (!d.has(at, RECORD_HEADER_BYTES)) return false;
  const type = d.u8(at);
  const length = d.u16(at + 3);
  if (type !== HANDSHAKES && type !== APPLICATION) return false;
  return isVersion(d.u16(at + 1)) && length > 0 && length < LONGEST_RECORD;
}

function isRecord(d: Dissection, at: number): boolean {
  const type = d.u8(at);
  return type >= CHANGE_CIPHER && type <= HEARTBEATS && isVersion(d.u16(at + 1));
}

/** SSL 3 to TLS 1.2, which TLS 1.3 says it is too; and TLCP (GB/T 38636). */
function isVersion(version: number): boolean {
  return (version >= 0x0300 && version <= 0x0303) || version === 0x0101;
}

function addRecord(d: Dissection, at: number, end: number, handshake: HandshakeStream): void {
  d.add(RECORD, at, end - at, null);
  d.open();
  const type = d.uint(CONTENT_TYPE, at, 1);
  d.uint(RECORD_VERSION, at + 1, 2);
  const length = d.uint(RECORD_LENGTH, at + 3, 2);
  const contentAt = at + RECORD_HEADER_BYTES;
  d.limit(end);
  switch (type) {
    case CHANGE_CIPHER:
      d.add(CHANGE_CIPHER_SPEC, contentAt, length, null);
      break;
    case ALERTS:
      // A longer one is encrypted.
      if (length === 2) {
        d.add(ALERT, contentAt, 2, null);
        d.uint(ALERT_LEVEL, contentAt, 1);
        d.uint(ALERT_DESCRIPTION, contentAt + 1, 1);
      }
      break;
    case HANDSHAKES:
      handshake.add(contentAt, end);
      break;
    case APPLICATION:
      if (length > 0) d.view(APPLICATION_DATA, contentAt, length);
      break;
    default:
  }
  d.close();
}

/** The handshake messages of a segment: a record can hold several, and one can go on in the next record. */
class HandshakeStream {
  readonly #d: Dissection;
  /** The beginning of a message that its record did not end, record by record. */
  #begun: Uint8Array[] = [];
  #bytes = 0;
  /** With so many bytes it can be read on. */
  #needed = 0;

  constructor(d: Dissection) {
    this.#d = d;
  }

  add(at: number, end: number): void {
    const d = this.#d;
    // Of a record that the capture cut tshark reads no message.
    d.need(at, end - at);
    if (this.#bytes === 0) {
      this.#read(at, end);
      return;
    }
    this.#keep(d.bytes(at, end - at));
    if (this.#bytes < this.#needed) return;
    const joined = new Uint8Array(this.#bytes);
    let to = 0;
    for (const part of this.#begun) {
      joined.set(part, to);
      to += part.length;
    }
    d.within(joined, at, end - at, () => {
      this.#read(0, joined.length);
    });
  }

  #keep(part: Uint8Array): void {
    this.#begun.push(part);
    this.#bytes += part.length;
  }

  #read(at: number, end: number): void {
    const d = this.#d;
    this.#begun = [];
    this.#bytes = 0;
    for (let next = at; next < end;) {
      if (!isMessage(d, next, end)) return;
      const bytes = next + HEADER_BYTES > end ? HEADER_BYTES : messageEnd(d, next) - next;
      if (next + bytes > end) {
        this.#needed = bytes;
        this.#keep(d.bytes(next, end - next));
        return;
      }
      const message = next;
      next += bytes;
      d.attempt(() => addHandshake(d, message));
    }
  }
}

/** Its record: 15 bits of length, a message's type, a version. */
function isVersion2Hello(d: Dissection, at: number): boolean {
  if (!d.has(at, 5) || (d.u8(at) & 0x80) === 0 || d.u8(at + 2) !== 1) return false;
  const version = d.u16(at + 3);
  return (version === 2 || (version >= 0x0300 && version <= 0x0304)) && d.has(at + 2, d.u16(at) & 0x7fff);
}

function addVersion2Hello(d: Dissection, at: number): void {
  d.add(RECORD, at, 2 + (d.u16(at) & 0x7fff), null);
  d.open();
  d.bits(RECORD_LENGTH, at, 2, 0x7fff);
  d.uint(HANDSHAKE_TYPE, at + 2, 1);
  d.add(RECORD_VERSION, at + 3, 0, 0x0002);
  d.uint(VERSION, at + 3, 2);
  const suites = d.uint(SPECS_LENGTH, at + 5, 2);
  d.uint(SESSION_ID_LENGTH, at + 7, 2);
  d.uint(CHALLENGE_LENGTH, at + 9, 2);
  for (let next = at + 11; next + 3 <= at + 11 + suites; next += 3) d.uint(SPEC, next, 3);
  d.close();
}
