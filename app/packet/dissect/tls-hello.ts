// ClientHello and ServerHello (RFC 5246 §7.4.1, 8446 §4.1) with the extensions that say what is spoken and with whom: server
// name (RFC 6066), application protocols (RFC 7301), supported versions, groups, signatures and key shares (RFC 8446 §4.2).
import type { Dissection } from './dissection.ts';
import { field, type Field } from './field.ts';
import { EXTENSION_WORDS, VERSION_WORDS } from './tls-words.ts';

export const VERSION = field('tls.handshake.version', 'Version', 'uint', {
  hexDigits: 4,
  words: VERSION_WORDS,
});
const RANDOM = field('tls.handshake.random', 'Random', 'bytes');
export const SESSION_ID_LENGTH = field('tls.handshake.session_id_length', 'Length of the session', 'uint');
const SESSION_ID = field('tls.handshake.session_id', 'Session', 'bytes');
const SUITES_LENGTH = field('tls.handshake.cipher_suites_length', 'Length of the cipher suites', 'uint');
const SUITE = field('tls.handshake.ciphersuite', 'Cipher suite', 'uint', { hexDigits: 4 });
const COMPRESSIONS_LENGTH = field('tls.handshake.comp_methods_length', 'Compression methods', 'uint');
const COMPRESSION = field('tls.handshake.comp_method', 'Compression method', 'uint');
const EXTENSIONS_LENGTH = field('tls.handshake.extensions_length', 'Length of the extensions', 'uint');
const EXTENSION_TYPE = field('tls.handshake.extension.type', 'Extension', 'uint', { words: EXTENSION_WORDS });
const EXTENSION_LENGTH = field('tls.handshake.extension.len', 'Length', 'uint');
const EXTENSION_VALUE = field('tls.handshake.extension.data', 'Value', 'bytes');
const NAMES_LENGTH = field('tls.handshake.extensions_server_name_list_len', 'Length of the names', 'uint');
const NAME_TYPE = field('tls.handshake.extensions_server_name_type', 'Kind of name', 'uint');
const NAME_LENGTH = field('tls.handshake.extensions_server_name_len', 'Length of the name', 'uint');
const NAME = field('tls.handshake.extensions_server_name', 'Server name', 'text');
const ALPN_LENGTH = field('tls.handshake.extensions_alpn_len', 'Length of the protocols', 'uint');
const ALPN_NAME_LENGTH = field('tls.handshake.extensions_alpn_str_len', 'Length of the protocol', 'uint');
const ALPN_NAME = field('tls.handshake.extensions_alpn_str', 'Application protocol', 'text');
const VERSIONS_LENGTH = field(
  'tls.handshake.extensions.supported_versions_len',
  'Length of the versions',
  'uint',
);
const SUPPORTED_VERSION = field('tls.handshake.extensions.supported_version', 'Version', 'uint', {
  hexDigits: 4,
  words: VERSION_WORDS,
});
const GROUPS_LENGTH = field(
  'tls.handshake.extensions_supported_groups_length',
  'Length of the groups',
  'uint',
);
const GROUP = field('tls.handshake.extensions_supported_group', 'Group', 'uint', { hexDigits: 4 });
const SIGNATURES_LENGTH = field('tls.handshake.sig_hash_alg_len', 'Length of the algorithms', 'uint');
const SIGNATURE = field('tls.handshake.sig_hash_alg', 'Signature algorithm', 'uint', { hexDigits: 4 });
const POINT_FORMATS_LENGTH = field(
  'tls.handshake.extensions_ec_point_formats_length',
  'Point formats',
  'uint',
);
const POINT_FORMAT = field('tls.handshake.extensions_ec_point_format', 'Point format', 'uint');
const PADDING = field('tls.handshake.extensions_padding_data', 'Padding', 'bytes');
const KEY_SHARES_LENGTH = field(
  'tls.handshake.extensions_key_share_client_length',
  'Length of the key shares',
  'uint',
);
const KEY_SHARE_GROUP = field('tls.handshake.extensions_key_share_group', 'Group', 'uint');
const KEY_SHARE_LENGTH = field(
  'tls.handshake.extensions_key_share_key_exchange_length',
  'Length of the key',
  'uint',
);
const KEY_SHARE = field('tls.handshake.extensions_key_share_key_exchange', 'Key', 'bytes');

export const FIELDS: readonly Field[] = [
  VERSION,
  RANDOM,
  SESSION_ID_LENGTH,
  SESSION_ID,
  SUITES_LENGTH,
  SUITE,
  COMPRESSIONS_LENGTH,
  COMPRESSION,
  EXTENSIONS_LENGTH,
  EXTENSION_TYPE,
  EXTENSION_LENGTH,
  EXTENSION_VALUE,
  NAMES_LENGTH,
  NAME_TYPE,
  NAME_LENGTH,
  NAME,
  ALPN_LENGTH,
  ALPN_NAME_LENGTH,
  ALPN_NAME,
  VERSIONS_LENGTH,
  SUPPORTED_VERSION,
  GROUPS_LENGTH,
  GROUP,
  SIGNATURES_LENGTH,
  SIGNATURE,
  POINT_FORMATS_LENGTH,
  POINT_FORMAT,
  PADDING,
  KEY_SHARES_LENGTH,
  KEY_SHARE_GROUP,
  KEY_SHARE_LENGTH,
  KEY_SHARE,
];

const RANDOM_BYTES = 32;

export function addClientHello(d: Dissection, at: number, end: number): void {
  let next = addHelloHead(d, at);
  const suites = length(d, SUITES_LENGTH, next, 2, end);
  next += 2;
  for (const suitesEnd = next + suites; next + 2 <= suitesEnd; next += 2) d.uint(SUITE, next, 2);
  const compressions = length(d, COMPRESSIONS_LENGTH, next, 1, end);
  next += 1;
  for (const compressionsEnd = next + compressions; next < compressionsEnd; next += 1)
    d.uint(COMPRESSION, next, 1);
  addExtensions(d, next, end, false);
}

export function addServerHello(d: Dissection, at: number, end: number): void {
  const next = addHelloHead(d, at);
  d.uint(SUITE, next, 2);
  d.uint(COMPRESSION, next + 2, 1);
  addExtensions(d, next + 3, end, true);
}

/** What both begin with. Returns where the rest does. */
function addHelloHead(d: Dissection, at: number): number {
  d.uint(VERSION, at, 2);
  d.view(RANDOM, at + 2, RANDOM_BYTES);
  const idAt = at + 2 + RANDOM_BYTES;
  const idLength = d.uint(SESSION_ID_LENGTH, idAt, 1);
  if (idLength > 0) d.view(SESSION_ID, idAt + 1, idLength);
  return idAt + 1 + idLength;
}

/** A length of what follows, which must fit. */
function length(d: Dissection, of: Field, at: number, bytes: number, end: number): number {
  const value = d.uint(of, at, bytes);
  if (at + bytes + value > end) d.fail();
  return value;
}

/** None at all is fine. */
export function addExtensions(d: Dissection, at: number, end: number, server: boolean): void {
  if (at >= end) return;
  const extensionsEnd = at + 2 + length(d, EXTENSIONS_LENGTH, at, 2, end);
  for (let next = at + 2; next + 4 <= extensionsEnd;) {
    const valueAt = next + 4;
    const valueEnd = valueAt + d.u16(next + 2);
    if (valueEnd > extensionsEnd) return;
    const type = d.uint(EXTENSION_TYPE, next, 2);
    d.uint(EXTENSION_LENGTH, next + 2, 2);
    d.open();
    // One that contradicts itself says nothing of the others.
    d.attempt(() => addExtension(d, type, valueAt, valueEnd, server));
    d.close();
    next = valueEnd;
  }
}

function addExtension(d: Dissection, type: number, at: number, end: number, server: boolean): void {
  if (end === at) return;
  switch (type) {
    case 0:
      addServerNames(d, at, end);
      return;
    case 10:
      addNumbers(d, GROUPS_LENGTH, 2, GROUP, 2, at, end);
      return;
    case 11:
      addNumbers(d, POINT_FORMATS_LENGTH, 1, POINT_FORMAT, 1, at, end);
      return;
    case 13:
      addNumbers(d, SIGNATURES_LENGTH, 2, SIGNATURE, 2, at, end);
      return;
    case 16:
      addProtocols(d, at, end);
      return;
    case 21:
      d.view(PADDING, at, end - at);
      return;
    case 43:
      if (server) d.uint(SUPPORTED_VERSION, at, 2);
      else addNumbers(d, VERSIONS_LENGTH, 1, SUPPORTED_VERSION, 2, at, end);
      return;
    case 51:
      addKeyShares(d, at, end, server);
      return;
    default:
      d.view(EXTENSION_VALUE, at, end - at);
  }
}

function addServerNames(d: Dissection, at: number, end: number): void {
  const namesEnd = at + 2 + length(d, NAMES_LENGTH, at, 2, end);
  for (let next = at + 2; next < namesEnd;) {
    d.uint(NAME_TYPE, next, 1);
    const bytes = length(d, NAME_LENGTH, next + 1, 2, namesEnd);
    d.ascii(NAME, next + 3, bytes);
    next += 3 + bytes;
  }
}

function addProtocols(d: Dissection, at: number, end: number): void {
  const protocolsEnd = at + 2 + length(d, ALPN_LENGTH, at, 2, end);
  for (let next = at + 2; next < protocolsEnd;) {
    const bytes = length(d, ALPN_NAME_LENGTH, next, 1, protocolsEnd);
    d.ascii(ALPN_NAME, next + 1, bytes);
    next += 1 + bytes;
  }
}

/** A server has one share, or, where it wants another, only says of which group. */
function addKeyShares(d: Dissection, at: number, end: number, server: boolean): void {
  const sharesEnd = server ? end : at + 2 + length(d, KEY_SHARES_LENGTH, at, 2, end);
  for (let next = server ? at : at + 2; next + 4 <= sharesEnd;) {
    d.uint(KEY_SHARE_GROUP, next, 2);
    const bytes = length(d, KEY_SHARE_LENGTH, next + 2, 2, sharesEnd);
    d.view(KEY_SHARE, next + 4, bytes);
    next += 4 + bytes;
  }
}

/** A length, and numbers that fill it. */
function addNumbers(
  d: Dissection,
  lengthField: Field,
  lengthBytes: number,
  of: Field,
  bytes: number,
  at: number,
  end: number,
): void {
  const total = length(d, lengthField, at, lengthBytes, end);
  const first = at + lengthBytes;
  for (let next = first; next + bytes <= first + total; next += bytes) d.uint(of, next, bytes);
}
