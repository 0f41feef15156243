// Handshake messages (RFC 5246 §7.4, 8446 §4): one after another, in records of TLS or in QUIC's CRYPTO frames.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { addClientHello, addExtensions, addServerHello, FIELDS as HELLO_FIELDS } from './tls-hello.ts';
import { HANDSHAKE_WORDS } from './tls-words.ts';

const MESSAGE = field('tls.handshake', 'Handshake message', 'none');
const TYPE = field('tls.handshake.type', 'Message', 'uint', { words: HANDSHAKE_WORDS });
const LENGTH = field('tls.handshake.length', 'Length', 'uint');
const CERTIFICATES_LENGTH = field('tls.handshake.certificates_length', 'Length of the certificates', 'uint');
const CERTIFICATE_LENGTH = field('tls.handshake.certificate_length', 'Length of the certificate', 'uint');

export const FIELDS: readonly Field[] = [
  MESSAGE,
  TYPE,
  LENGTH,
  CERTIFICATES_LENGTH,
  CERTIFICATE_LENGTH,
  ...HELLO_FIELDS,
];
export { TYPE as HANDSHAKE_TYPE };

export const HEADER_BYTES = 4;
const HELLO_REQUEST = 0;

/** Whether what stands here, up to `end`, can be a message in the clear. */
export function isMessage(d: Dissection, at: number, end: number): boolean {
  const type = d.u8(at);
  // An encrypted one of AES-GCM begins with the zeros of its nonce, and looks like a hello request with more behind it.
  if (type === HELLO_REQUEST && at + HEADER_BYTES < end && d.u32(at) === 0) return false;
  return HANDSHAKE_WORDS[type] !== undefined;
}

/** Where the message that stands here ends. */
export function messageEnd(d: Dissection, at: number): number {
  return at + HEADER_BYTES + d.number(at + 1, 3);
}

/** A whole message. */
export function addHandshake(d: Dissection, at: number): void {
  const end = messageEnd(d, at);
  d.add(MESSAGE, at, end - at, null);
  d.open();
  const type = d.uint(TYPE, at, 1);
  d.uint(LENGTH, at + 1, 3);
  addBody(d, type, at + HEADER_BYTES, end);
  d.close();
}

function addBody(d: Dissection, type: number, at: number, end: number): void {
  switch (type) {
    case 1:
      addClientHello(d, at, end);
      return;
    case 2:
      addServerHello(d, at, end);
      return;
    case 8:
      addExtensions(d, at, end, true);
      return;
    case 11:
      addCertificates(d, at, end);
      return;
    default:
  }
}

/** Lengths only. With TLS 1.3 they are encrypted anyway. */
function addCertificates(d: Dissection, at: number, end: number): void {
  if (end - at < 3) return;
  const certificatesEnd = Math.min(end, at + 3 + d.uint(CERTIFICATES_LENGTH, at, 3));
  for (let next = at + 3; next + 3 <= certificatesEnd;) next += 3 + d.uint(CERTIFICATE_LENGTH, next, 3);
}
