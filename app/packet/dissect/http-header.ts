// Header fields (RFC 9110), those of cookies (RFC 6265) and WebSocket (RFC 6455) among them.
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import type { TextLine } from './text-line.ts';

const CONTENT_LENGTH = field('http.content_length', 'Content length', 'uint64');
const COOKIE_PAIR = field('http.cookie_pair', 'Cookie', 'text');
const REQUEST_LINE = field('http.request.line', 'Header field of a request', 'text');
const RESPONSE_LINE = field('http.response.line', 'Header field of a response', 'text');
const UNKNOWN = field('http.unknown_header', 'Header field', 'text');

const BY_NAME: ReadonlyMap<string, Field> = new Map(
  [
    field('http.host', 'Host', 'text'),
    field('http.user_agent', 'User-Agent', 'text'),
    field('http.accept', 'Accept', 'text'),
    field('http.accept_language', 'Accept-Language', 'text'),
    field('http.accept_encoding', 'Accept-Encoding', 'text'),
    field('http.authorization', 'Authorization', 'text'),
    field('http.cache_control', 'Cache-Control', 'text'),
    field('http.connection', 'Connection', 'text'),
    field('http.content_encoding', 'Content-Encoding', 'text'),
    field('http.content_length_header', 'Content-Length', 'text'),
    field('http.content_type', 'Content-Type', 'text'),
    field('http.cookie', 'Cookie', 'text'),
    field('http.date', 'Date', 'text'),
    field('http.http2_settings', 'HTTP2-Settings', 'text'),
    field('http.last_modified', 'Last-Modified', 'text'),
    field('http.location', 'Location', 'text'),
    field('http.proxy_authenticate', 'Proxy-Authenticate', 'text'),
    field('http.proxy_authorization', 'Proxy-Authorization', 'text'),
    field('http.referer', 'Referer', 'text'),
    field('http.sec_websocket_accept', 'Sec-WebSocket-Accept', 'text'),
    field('http.sec_websocket_extensions', 'Sec-WebSocket-Extensions', 'text'),
    field('http.sec_websocket_key', 'Sec-WebSocket-Key', 'text'),
    field('http.sec_websocket_protocol', 'Sec-WebSocket-Protocol', 'text'),
    field('http.sec_websocket_version', 'Sec-WebSocket-Version', 'text'),
    field('http.server', 'Server', 'text'),
    field('http.set_cookie', 'Set-Cookie', 'text'),
    field('http.transfer_encoding', 'Transfer-Encoding', 'text'),
    field('http.upgrade', 'Upgrade', 'text'),
    field('http.www_authenticate', 'WWW-Authenticate', 'text'),
    field('http.x_forwarded_for', 'X-Forwarded-For', 'text'),
  ].map((of) => [of.label.toLowerCase(), of]),
);

export const FIELDS: readonly Field[] = [
  ...BY_NAME.values(),
  CONTENT_LENGTH,
  COOKIE_PAIR,
  REQUEST_LINE,
  RESPONSE_LINE,
  UNKNOWN,
];

export interface HeaderField {
  /** In small letters. */
  readonly name: string;
  readonly value: string;
}

const LINES = { request: REQUEST_LINE, response: RESPONSE_LINE };

/** Longer names are no field's of which anything is known. */
const LONGEST_NAME = 64;

/** `colon`: where it stands in the line. */
export function addHeaderField(
  d: Dissection,
  line: TextLine,
  colon: number,
  kind: 'request' | 'response' | null,
): HeaderField {
  const length = line.next - line.at;
  const name = d.string(line.at, Math.min(colon - line.at, LONGEST_NAME)).toLowerCase();
  const of = BY_NAME.get(name);
  const lineField = kind === null ? (of === undefined ? UNKNOWN : null) : LINES[kind];
  if (lineField !== null) d.ascii(lineField, line.at, length);
  if (of === undefined) return { name, value: '' };
  const end = line.at + line.length;
  let valueAt = colon + 1;
  while (valueAt < end && (d.packet.bytes[valueAt] === 0x20 || d.packet.bytes[valueAt] === 0x09))
    valueAt += 1;
  d.open();
  const value = d.ascii(of, valueAt, end - valueAt);
  if (name === 'content-length' && contentLength(value) !== null)
    d.add(CONTENT_LENGTH, valueAt, end - valueAt, BigInt(value.trim()));
  if (name === 'cookie') for (const pair of value.split(/; ?/u)) d.add(COOKIE_PAIR, valueAt, 0, pair);
  d.close();
  return { name, value };
}

const LARGEST = 2n ** 64n;

/** In bytes; null: it says none that could be. */
export function contentLength(value: string): number | null {
  return /^\d{1,20}$/u.test(value) && BigInt(value) < LARGEST ? Number(value) : null;
}
