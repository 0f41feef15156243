// The first line of a message: RFC 9112 §3 and §4, and the methods of WebDAV (RFC 4918, 3253), UPnP and Microsoft's RPC.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';
import { indexIn, type TextLine } from './text-line.ts';

const REQUEST = field('http.request', 'Request', 'boolean');
const METHOD = field('http.request.method', 'Method', 'text');
const URI = field('http.request.uri', 'URI', 'text');
const PATH = field('http.request.uri.path', 'Path', 'text');
const QUERY = field('http.request.uri.query', 'Query', 'text');
const PARAMETER = field('http.request.uri.query.parameter', 'Parameter', 'text');
const REQUEST_VERSION = field('http.request.version', 'Version', 'text');
const RESPONSE = field('http.response', 'Response', 'boolean');
const RESPONSE_VERSION = field('http.response.version', 'Version', 'text');
const CODE = field('http.response.code', 'Status', 'uint');
const PHRASE = field('http.response.phrase', 'Phrase', 'text');
const NOTIFICATION = field('http.notification', 'Notification', 'boolean');

export const FIELDS = [
  REQUEST,
  METHOD,
  URI,
  PATH,
  QUERY,
  PARAMETER,
  REQUEST_VERSION,
  RESPONSE,
  RESPONSE_VERSION,
  CODE,
  PHRASE,
  NOTIFICATION,
];

export type MessageKind = 'request' | 'response' | 'notification';

const NOTIFICATIONS = new Set(['NOTIFY', 'SUBSCRIBE', 'UNSUBSCRIBE']);
const METHODS = new Set(
  (
    'GET POST PUT HEAD DELETE OPTIONS TRACE CONNECT PATCH ' +
    'PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK POLL BCOPY BMOVE SEARCH BDELETE BPROPPATCH BPROPFIND ' +
    'LABEL MERGE REPORT UPDATE CHECKIN CHECKOUT UNCHECKOUT MKACTIVITY MKWORKSPACE VERSION-CONTROL ' +
    'BASELINE-CONTROL NOTIFY SUBSCRIBE UNSUBSCRIBE M-SEARCH ' +
    'RPC_CONNECT RPC_IN_DATA RPC_OUT_DATA CCM_POST SSTP_DUPLEX_POST'
  ).split(' '),
);
const LONGEST_METHOD = 16;
const SPACE = 0x20;

/** What begins with this line; null: nothing. */
export function kindOfStart(d: Dissection, line: TextLine): MessageKind | null {
  const { at, length } = line;
  if (startsWith(d, line, 'HTTP/') || startsWith(d, line, 'ICY')) return 'response';
  const space = indexIn(d, line, SPACE);
  const token = space < 0 ? length : space - at;
  if (token > LONGEST_METHOD) return null;
  const method = d.string(at, token);
  if (!METHODS.has(method)) return null;
  return NOTIFICATIONS.has(method) ? 'notification' : 'request';
}

function startsWith(d: Dissection, { at, length }: TextLine, text: string): boolean {
  if (length < text.length) return false;
  for (let index = 0; index < text.length; index += 1)
    if (d.packet.bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** Returns a request's URI, or a response's status; null: it has none. */
export function addStart(
  d: Dissection,
  line: TextLine,
  kind: MessageKind,
): { readonly method: string; readonly uri: string | null; readonly status: number } {
  if (kind === 'response') return { method: '', uri: null, status: addStatusLine(d, line) };
  return { ...addRequestLine(d, line), status: 0 };
}

const KINDS = { request: REQUEST, response: RESPONSE, notification: NOTIFICATION };

export function addKind(d: Dissection, at: number, kind: MessageKind): void {
  d.add(KINDS[kind], at, 0, 1);
}

function addRequestLine(
  d: Dissection,
  line: TextLine,
): { readonly method: string; readonly uri: string | null } {
  const end = line.at + line.length;
  const first = indexIn(d, line, SPACE);
  const methodEnd = first < 0 ? end : first;
  const method = d.ascii(METHOD, line.at, methodEnd - line.at);
  if (first < 0) return { method, uri: null };
  const second = indexIn(d, line, SPACE, first + 1);
  const uriEnd = second < 0 ? end : second;
  const uri = d.ascii(URI, first + 1, uriEnd - first - 1);
  const question = uri.indexOf('?');
  if (question >= 0) {
    d.open();
    d.add(PATH, first + 1, question, uri.slice(0, question));
    const query = uri.slice(question + 1);
    d.add(QUERY, first + 2 + question, uriEnd - first - 2 - question, query);
    for (const parameter of query.split('&'))
      if (parameter !== '') d.add(PARAMETER, first + 2 + question, 0, parameter);
    d.close();
  }
  if (second >= 0) d.ascii(REQUEST_VERSION, second + 1, end - second - 1);
  return { method, uri };
}

/** Three digits, or as many as there are of them; 0: none. */
function addStatusLine(d: Dissection, line: TextLine): number {
  const end = line.at + line.length;
  const first = indexIn(d, line, SPACE);
  d.ascii(RESPONSE_VERSION, line.at, (first < 0 ? end : first) - line.at);
  if (first < 0) return 0;
  const codeAt = past(d, first, end);
  const second = indexIn(d, line, SPACE, codeAt);
  const codeEnd = second < 0 ? end : second;
  if (codeEnd - codeAt < 3) return 0;
  const status = Number.parseInt(d.string(codeAt, 3), 10) || 0;
  d.add(CODE, codeAt, 3, status);
  if (second >= 0) {
    const phraseAt = past(d, second, end);
    d.ascii(PHRASE, phraseAt, end - phraseAt);
  }
  return status;
}

function past(d: Dissection, at: number, end: number): number {
  let next = at;
  while (next < end && d.packet.bytes[next] === SPACE) next += 1;
  return next;
}
