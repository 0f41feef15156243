// HTTP/1 (RFC 9112), and SSDP, which is HTTP in datagrams. A segment is read for itself: it may begin within a header or a
// body, and hold several messages.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { addHeaderField, contentLength, FIELDS as HEADER_FIELDS } from './http-header.ts';
import { addKind, addStart, FIELDS as START_FIELDS, kindOfStart, type MessageKind } from './http-start.ts';
import { indexIn, lineAt, type TextLine } from './text-line.ts';

const HTTP = field('http', 'Hypertext Transfer Protocol', 'protocol');
const SSDP = field('ssdp', 'Simple Service Discovery Protocol', 'protocol');
const FULL_URI = field('http.request.full_uri', 'Full URI', 'text');
/** Not told; where a capture ends within it, that is said. */
const BODY = field('http.file_data', 'the body', 'bytes');
const CHUNK_SIZE = field('http.chunk_size', 'Chunk of so many bytes', 'uint');

export const FIELDS: readonly Field[] = [HTTP, SSDP, ...START_FIELDS, FULL_URI, ...HEADER_FIELDS, CHUNK_SIZE];

const COLON = 0x3a;
const SEMICOLON = 0x3b;

export function dissectHttp(d: Dissection, at: number, end: number): void {
  readMessages(d, at, end, HTTP);
}

export function dissectSsdp(d: Dissection, at: number, end: number): void {
  readMessages(d, at, end, SSDP);
}

/** The first line begins or ends with the name of this protocol; of the line no more is asked. */
export function looksLikeHttp(d: Dissection, at: number): boolean {
  if (at >= d.captureEnd) return false;
  const line = lineAt(d, at);
  if (line.next === at + line.length) return false;
  return isName(d, at) || (line.length >= 8 && isName(d, at + line.length - 8));
}

function isName(d: Dissection, at: number): boolean {
  return d.has(at, 7) && d.string(at, 7).toUpperCase() === 'HTTP/1.';
}

function readMessages(d: Dissection, at: number, end: number, protocol: Field): void {
  let next = at;
  while (next < d.captureEnd) {
    const startAt = pastEmptyLine(d, next);
    if (startAt >= d.captureEnd || !begins(d, lineAt(d, startAt))) break;
    d.layer(protocol, next, d.captureEnd - next);
    next = readMessage(d, startAt);
  }
  // On HTTP's own ports a segment within a body is HTTP's, too.
  if (next === at && protocol === HTTP) d.layer(HTTP, at, d.captureEnd - at);
  // The rest of a body.
  if (next < d.captureEnd) d.next('data', 0, next, end);
  else if (next > at && next < end) {
    // Here the capture ends: within a header field, which was the last to be read, or behind the header.
    d.need(next, 1);
  }
}

/** RFC 9112 §2.2: one may precede a message. */
function pastEmptyLine(d: Dissection, at: number): number {
  return d.has(at, 2) && d.u16(at) === 0x0d0a ? at + 2 : at;
}

/** A first line, or a line of a header whose beginning another segment had. */
function begins(d: Dissection, line: TextLine): boolean {
  if (line.length === 0) return false;
  if (kindOfStart(d, line) !== null) return true;
  const first = d.u8(line.at);
  return first >= 0x20 && first < 0x7f && indexIn(d, line, COLON) >= 0;
}

/** Returns where what follows it begins. */
function readMessage(d: Dissection, at: number): number {
  let kind: MessageKind | null = null;
  let start = { method: '', uri: null as string | null, status: 0 };
  let host: string | null = null;
  let length: number | null = null;
  let chunked = false;
  let cut = false;
  let next = at;
  d.open();
  while (next < d.captureEnd) {
    const line = lineAt(d, next);
    const begun = kindOfStart(d, line);
    if (begun !== null) {
      kind = begun;
      start = addStart(d, line, begun);
    } else {
      const colon = indexIn(d, line, COLON);
      if (colon < 0) {
        // An empty line ends the header, another is of the body already, or its name is cut.
        if (line.length === 0) {
          next = line.next;
          d.reading(BODY);
        } else cut = line.next === line.at + line.length;
        break;
      }
      const side = kind === 'notification' ? null : kind;
      const { name, value } = addHeaderField(d, line, colon, side);
      if (name === 'host') host = value;
      if (name === 'content-length') length = contentLength(value);
      if (name === 'transfer-encoding') chunked = /(^|[ ,])chunked/iu.test(value);
    }
    next = line.next;
  }
  if (!cut && kind !== null) {
    if (host !== null && start.uri !== null) d.add(FULL_URI, at, 0, fullUri(start.method, host, start.uri));
    addKind(d, at, kind);
  }
  const bodyEnd = chunked ? addChunks(d, next) : next + bodyLength(d, next, kind, start.status, length);
  d.close();
  return Math.min(bodyEnd, d.captureEnd);
}

function fullUri(method: string, host: string, uri: string): string {
  return method === 'CONNECT' || /^[a-z][a-z0-9+.-]*:\/\//iu.test(uri) ? uri : `http://${host.trim()}${uri}`;
}

/** RFC 9112 §6.3, as far as the message itself tells. */
function bodyLength(
  d: Dissection,
  at: number,
  kind: MessageKind | null,
  status: number,
  length: number | null,
): number {
  if (length !== null) return length;
  if (kind === 'request') return 0;
  if (kind === 'response' && ((status >= 100 && status < 200) || status === 204 || status === 304)) return 0;
  return d.captureEnd - at;
}

const MOST_DIGITS = 12;

/** RFC 9112 §7.1. Returns where the last chunk's trailer ends, or what is no whole chunk begins. */
function addChunks(d: Dissection, at: number): number {
  let next = at;
  while (next < d.captureEnd) {
    const line = lineAt(d, next);
    if (line.length === 0) return next;
    const semicolon = indexIn(d, line, SEMICOLON);
    const digits = d.string(
      line.at,
      Math.min(semicolon < 0 ? line.length : semicolon - line.at, MOST_DIGITS),
    );
    // In 32 bits, as tshark counts.
    const size = (Number.parseInt(digits, 16) || 0) % 2 ** 32;
    if (line.next + size > d.captureEnd) return next;
    d.add(CHUNK_SIZE, line.at, line.length, size);
    if (size === 0) return pastTrailer(d, line.next);
    next = line.next + size + 2;
  }
  return next;
}

function pastTrailer(d: Dissection, at: number): number {
  let next = at;
  while (next < d.captureEnd) {
    const line = lineAt(d, next);
    next = line.next;
    if (line.length === 0) break;
  }
  return next;
}
