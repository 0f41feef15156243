// DNS messages: RFC 1035 §4, 2136 (updates), 6762 (multicast: the top bit of a class), 4795 (LLMNR's flags).
import type { Dissection } from './dissection.ts';
import { addOptHeader } from './dns-edns.ts';
import { dnsMessage, readName, type DnsMessage } from './dns-name.ts';
import { addResourceData, addServiceName, FIELDS as RECORD_FIELDS } from './dns-records.ts';
import { TYPE } from './dns-type.ts';
import { CLASS_WORDS, OPCODE_WORDS, RCODE_WORDS, TYPE_WORDS } from './dns-words.ts';
import { field, type Field } from './field.ts';

const ID = field('dns.id', 'Transaction', 'uint', { hexDigits: 4 });
const FLAGS = field('dns.flags', 'Flags', 'uint', { hexDigits: 4 });
const RESPONSE = field('dns.flags.response', 'Response', 'boolean');
const OPCODE = field('dns.flags.opcode', 'Operation', 'uint', { words: OPCODE_WORDS });
const AUTHORITATIVE = field('dns.flags.authoritative', 'Authoritative', 'boolean');
const CONFLICT = field('dns.flags.conflict', 'Conflict', 'boolean');
const TRUNCATED = field('dns.flags.truncated', 'Truncated', 'boolean');
const RECURSION_DESIRED = field('dns.flags.recdesired', 'Recursion desired', 'boolean');
const TENTATIVE = field('dns.flags.tentative', 'Tentative', 'boolean');
const RECURSION_AVAILABLE = field('dns.flags.recavail', 'Recursion available', 'boolean');
const RESERVED = field('dns.flags.z', 'Reserved', 'boolean');
const AUTHENTICATED = field('dns.flags.authenticated', 'Authenticated', 'boolean');
const CHECKING_DISABLED = field('dns.flags.checkdisable', 'Checking disabled', 'boolean');
const RCODE = field('dns.flags.rcode', 'Response code', 'uint', { words: RCODE_WORDS });
const QUESTIONS = field('dns.count.queries', 'Questions', 'uint');
const ZONES = field('dns.count.zones', 'Zones', 'uint');
const ANSWERS = field('dns.count.answers', 'Answers', 'uint');
const PREREQUISITES = field('dns.count.prerequisites', 'Prerequisites', 'uint');
const AUTHORITIES = field('dns.count.auth_rr', 'Authorities', 'uint');
const UPDATES = field('dns.count.updates', 'Updates', 'uint');
const ADDITIONALS = field('dns.count.add_rr', 'Additional records', 'uint');
const QUERY_NAME = field('dns.qry.name', 'Name', 'text');
const QUERY_NAME_LENGTH = field('dns.qry.name.len', 'Length of the name', 'uint');
const LABELS = field('dns.count.labels', 'Labels', 'uint');
const QUERY_TYPE = field('dns.qry.type', 'Type', 'uint', { words: TYPE_WORDS });
const QUERY_CLASS = field('dns.qry.class', 'Class', 'uint', { hexDigits: 4, words: CLASS_WORDS });
const QUERY_UNICAST = field('dns.qry.qu', 'Answer by unicast', 'boolean');
const NAME = field('dns.resp.name', 'Name', 'text');
const CLASS = field('dns.resp.class', 'Class', 'uint', { hexDigits: 4, words: CLASS_WORDS });
const CACHE_FLUSH = field('dns.resp.cache_flush', 'Cache flush', 'boolean');
const TTL = field('dns.resp.ttl', 'Time to live in seconds', 'uint');
const DATA_LENGTH = field('dns.resp.len', 'Length of the data', 'uint');

export const FIELDS: readonly Field[] = [
  ID,
  FLAGS,
  RESPONSE,
  OPCODE,
  AUTHORITATIVE,
  CONFLICT,
  TRUNCATED,
  RECURSION_DESIRED,
  TENTATIVE,
  RECURSION_AVAILABLE,
  RESERVED,
  AUTHENTICATED,
  CHECKING_DISABLED,
  RCODE,
  QUESTIONS,
  ZONES,
  ANSWERS,
  PREREQUISITES,
  AUTHORITIES,
  UPDATES,
  ADDITIONALS,
  QUERY_NAME,
  QUERY_NAME_LENGTH,
  LABELS,
  QUERY_TYPE,
  QUERY_CLASS,
  QUERY_UNICAST,
  NAME,
  TYPE,
  CLASS,
  CACHE_FLUSH,
  TTL,
  DATA_LENGTH,
  ...RECORD_FIELDS,
];

export type DnsKind = 'dns' | 'mdns' | 'llmnr';

const noLength = (): void => undefined;

export const HEADER_BYTES = 12;
const RESPONSE_BIT = 0x8000;
const UPDATE = 5;
const SRV = 33;
const OPT = 41;
/** RFC 6762 §10.2, §18.12. */
const TOP_BIT = 0x8000;

/** A message from `at` to where the layer ends; `addLength` adds what stands before it in a stream, once it is worth it. */
export function addMessage(d: Dissection, at: number, kind: DnsKind, addLength: () => void = noLength): void {
  d.reading(FLAGS);
  d.need(at, 4);
  addLength();
  d.uint(ID, at, 2);
  const flags = d.uint(FLAGS, at + 2, 2);
  d.open();
  if (kind === 'llmnr') addLlmnrFlags(d, at + 2, flags);
  else addFlags(d, at + 2, flags);
  d.close();
  const update = ((flags >> 11) & 0x0f) === UPDATE;
  const questions = d.uint(update ? ZONES : QUESTIONS, at + 4, 2);
  const answers = d.uint(update ? PREREQUISITES : ANSWERS, at + 6, 2);
  const authorities = d.uint(update ? UPDATES : AUTHORITIES, at + 8, 2);
  const additionals = d.uint(ADDITIONALS, at + 10, 2);
  const message = dnsMessage(d, at);
  let next = at + HEADER_BYTES;
  for (let left = questions; left > 0; left -= 1) next += addQuestion(message, next, kind);
  for (let left = answers + authorities + additionals; left > 0; left -= 1)
    next += addRecord(message, next, kind);
}

function addFlags(d: Dissection, at: number, flags: number): void {
  const response = (flags & RESPONSE_BIT) !== 0;
  d.bits(RESPONSE, at, 2, 0x8000);
  d.bits(OPCODE, at, 2, 0x7800);
  if (response) d.bits(AUTHORITATIVE, at, 2, 0x0400);
  d.bits(TRUNCATED, at, 2, 0x0200);
  d.bits(RECURSION_DESIRED, at, 2, 0x0100);
  if (response) d.bits(RECURSION_AVAILABLE, at, 2, 0x0080);
  d.bits(RESERVED, at, 2, 0x0040);
  if (response || (flags & 0x0020) !== 0) d.bits(AUTHENTICATED, at, 2, 0x0020);
  d.bits(CHECKING_DISABLED, at, 2, 0x0010);
  if (response) d.bits(RCODE, at, 2, 0x000f);
}

function addLlmnrFlags(d: Dissection, at: number, flags: number): void {
  d.bits(RESPONSE, at, 2, 0x8000);
  d.bits(OPCODE, at, 2, 0x7800);
  d.bits(CONFLICT, at, 2, 0x0400);
  d.bits(TRUNCATED, at, 2, 0x0200);
  d.bits(TENTATIVE, at, 2, 0x0100);
  if ((flags & RESPONSE_BIT) !== 0) d.bits(RCODE, at, 2, 0x000f);
}

/** Returns how many bytes it takes. */
function addQuestion(message: DnsMessage, at: number, kind: DnsKind): number {
  const { d } = message;
  d.reading(QUERY_NAME);
  const name = readName(message, at);
  const typeAt = at + name.length;
  d.need(typeAt, 4);
  d.add(QUERY_NAME, at, name.length, name.text);
  d.open();
  // tshark counts nothing in a name of one byte, and dots within labels as it does those between them.
  const counted = name.bytes > 1;
  d.add(QUERY_NAME_LENGTH, at, name.length, counted ? name.bytes : 0);
  d.add(LABELS, at, name.length, counted ? name.text.split('.').length : 0);
  d.uint(QUERY_TYPE, typeAt, 2);
  if (kind === 'mdns') {
    d.bits(QUERY_CLASS, typeAt + 2, 2, ~TOP_BIT & 0xffff);
    d.bits(QUERY_UNICAST, typeAt + 2, 2, TOP_BIT);
  } else {
    d.uint(QUERY_CLASS, typeAt + 2, 2);
  }
  d.close();
  return name.length + 4;
}

/** Returns how many bytes it takes. */
function addRecord(message: DnsMessage, at: number, kind: DnsKind): number {
  const { d } = message;
  d.reading(NAME);
  const name = readName(message, at);
  const typeAt = at + name.length;
  const type = d.u16(typeAt);
  const length = d.u16(typeAt + 8);
  const dataAt = typeAt + 10;
  d.need(dataAt, length);
  if (type === SRV) addServiceName(d, at, name.length, name.text);
  else d.add(NAME, at, name.length, name.text);
  d.open();
  d.uint(TYPE, typeAt, 2);
  if (type === OPT) {
    addOptHeader(d, typeAt + 2, kind === 'mdns' ? CACHE_FLUSH : null);
  } else {
    if (kind === 'mdns') {
      d.bits(CLASS, typeAt + 2, 2, ~TOP_BIT & 0xffff);
      d.bits(CACHE_FLUSH, typeAt + 2, 2, TOP_BIT);
    } else {
      d.uint(CLASS, typeAt + 2, 2);
    }
    d.uint(TTL, typeAt + 4, 4);
  }
  d.uint(DATA_LENGTH, typeAt + 8, 2);
  if (length > 0) addResourceData(message, type, dataAt, length);
  d.close();
  return name.length + 10 + length;
}
