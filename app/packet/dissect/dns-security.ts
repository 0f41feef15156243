// Records of DNSSEC and its kin: RFC 4034, 5155 (NSEC3), 2930 (TKEY), 8945 (TSIG), 4255 (SSHFP), 6698 (TLSA), 4398 (CERT).
import type { Dissection } from './dissection.ts';
import { readName, type DnsMessage } from './dns-name.ts';
import { bits16, fieldsOf, moment, name, rest, u16, u32, u8, type Part } from './dns-parts.ts';
import { addTypeBitmap } from './dns-type.ts';
import { field, type Field } from './field.ts';

const NEXT_NAME = field('dns.nsec.next_domain_name', 'Next name', 'text');
const NSEC3_ALGORITHM = field('dns.nsec3.algo', 'Hash algorithm', 'uint');
const NSEC3_FLAGS = field('dns.nsec3.flags', 'Flags', 'uint');
const NSEC3_OPT_OUT = field('dns.nsec3.flags.opt_out', 'Unsigned delegations', 'boolean');
const NSEC3_ITERATIONS = field('dns.nsec3.iterations', 'Iterations', 'uint');
const NSEC3_SALT_LENGTH = field('dns.nsec3.salt_length', 'Length of the salt', 'uint');
const NSEC3_SALT = field('dns.nsec3.salt_value', 'Salt', 'bytes');
const NSEC3_HASH_LENGTH = field('dns.nsec3.hash_length', 'Length of the hash', 'uint');
const NSEC3_HASH = field('dns.nsec3.hash_value', 'Next owner, hashed', 'text');
const TKEY_SIZE = field('dns.tkey.key_size', 'Length of the key', 'uint');
const TKEY_KEY = field('dns.tkey.key_data', 'Key', 'bytes');
const TKEY_OTHER_SIZE = field('dns.tkey.other_size', 'Length of the rest', 'uint');
const TKEY_OTHER = field('dns.tkey.other_data', 'Rest', 'bytes');
const TSIG_ALGORITHM = field('dns.tsig.algorithm_name', 'Algorithm', 'text');
const TSIG_TIME = field('dns.tsig.time_signed', 'Signed at', 'time');
const TSIG_FUDGE = field('dns.tsig.fudge', 'Seconds of tolerance', 'uint');
const TSIG_MAC_SIZE = field('dns.tsig.mac_size', 'Length of the MAC', 'uint');
const TSIG_MAC = field('dns.tsig.mac', 'MAC', 'none');
const TSIG_ID = field('dns.tsig.original_id', 'Original transaction', 'uint');
const TSIG_ERROR = field('dns.tsig.error', 'Error', 'uint');
const TSIG_OTHER_SIZE = field('dns.tsig.other_len', 'Length of the rest', 'uint');
const TSIG_OTHER = field('dns.tsig.other_data', 'Rest', 'bytes');

const SIGNATURE: readonly Part[] = [
  u16(field('dns.rrsig.type_covered', 'Type that it covers', 'uint')),
  u8(field('dns.rrsig.algorithm', 'Algorithm', 'uint')),
  u8(field('dns.rrsig.labels', 'Labels', 'uint')),
  u32(field('dns.rrsig.original_ttl', 'Original time to live in seconds', 'uint')),
  moment(field('dns.rrsig.signature_expiration', 'Valid until', 'time')),
  moment(field('dns.rrsig.signature_inception', 'Valid from', 'time')),
  u16(field('dns.rrsig.key_tag', 'Key tag', 'uint')),
  name(field('dns.rrsig.signers_name', 'Signer', 'text')),
  rest(field('dns.rrsig.signature', 'Signature', 'bytes')),
];

const DNSKEY_FLAGS = field('dns.dnskey.flags', 'Flags', 'uint', { hexDigits: 4 });
const KEY: readonly Part[] = [
  bits16(DNSKEY_FLAGS, 0xffff),
  bits16(field('dns.dnskey.flags.zone_key', 'Zone key', 'boolean'), 0x0100),
  bits16(field('dns.dnskey.flags.key_revoked', 'Revoked', 'boolean'), 0x0080),
  bits16(field('dns.dnskey.flags.secure_entry_point', 'Key signing key', 'boolean'), 0x0001),
  { fields: [], add: (_, at) => at + 2 },
  u8(field('dns.dnskey.protocol', 'Protocol', 'uint')),
  u8(field('dns.dnskey.algorithm', 'Algorithm', 'uint')),
  rest(field('dns.dnskey.public_key', 'Public key', 'bytes')),
];

const DELEGATION: readonly Part[] = [
  u16(field('dns.ds.key_id', 'Key tag', 'uint', { hexDigits: 4 })),
  u8(field('dns.ds.algorithm', 'Algorithm', 'uint')),
  u8(field('dns.ds.digest_type', 'Digest', 'uint')),
  rest(field('dns.ds.digest', 'Digest', 'bytes')),
];

const ASSOCIATION: readonly Part[] = [
  u8(field('dns.tlsa.certificate_usage', 'Usage', 'uint')),
  u8(field('dns.tlsa.selector', 'Selector', 'uint')),
  u8(field('dns.tlsa.matching_type', 'Matching', 'uint')),
  rest(field('dns.tlsa.certificate_association_data', 'Association', 'bytes')),
];

const TKEY_HEAD: readonly Part[] = [
  name(field('dns.tkey.algo_name', 'Algorithm', 'text')),
  moment(field('dns.tkey.signature_inception', 'Valid from', 'time')),
  moment(field('dns.tkey.signature_expiration', 'Valid until', 'time')),
  u16(field('dns.tkey.mode', 'Mode', 'uint')),
  u16(field('dns.tkey.error', 'Error', 'uint')),
  { fields: [TKEY_SIZE, TKEY_KEY], add: sized(TKEY_SIZE, TKEY_KEY) },
  { fields: [TKEY_OTHER_SIZE, TKEY_OTHER], add: sized(TKEY_OTHER_SIZE, TKEY_OTHER) },
];

export const SECURITY_PARTS: readonly (readonly [number, readonly Part[]])[] = [
  [
    37,
    [
      u16(field('dns.cert.type', 'Type', 'uint')),
      u16(field('dns.cert.key_tag', 'Key tag', 'uint', { hexDigits: 4 })),
      u8(field('dns.cert.algorithm', 'Algorithm', 'uint')),
      rest(field('dns.cert.certificate', 'Certificate', 'bytes')),
    ],
  ],
  [43, DELEGATION],
  [59, DELEGATION],
  [32_769, DELEGATION],
  [
    44,
    [
      u8(field('dns.sshfp.algorithm', 'Algorithm', 'uint')),
      u8(field('dns.sshfp.fingerprint.type', 'Fingerprint', 'uint')),
      rest(field('dns.sshfp.fingerprint', 'Fingerprint', 'bytes')),
    ],
  ],
  [24, SIGNATURE],
  [46, SIGNATURE],
  [48, KEY],
  [60, KEY],
  [52, ASSOCIATION],
  [53, ASSOCIATION],
  [249, TKEY_HEAD],
];

export const FIELDS: readonly Field[] = [
  ...fieldsOf(SECURITY_PARTS.map(([, parts]) => parts)),
  NEXT_NAME,
  NSEC3_ALGORITHM,
  NSEC3_FLAGS,
  NSEC3_OPT_OUT,
  NSEC3_ITERATIONS,
  NSEC3_SALT_LENGTH,
  NSEC3_SALT,
  NSEC3_HASH_LENGTH,
  NSEC3_HASH,
  TSIG_ALGORITHM,
  TSIG_TIME,
  TSIG_FUDGE,
  TSIG_MAC_SIZE,
  TSIG_MAC,
  TSIG_ID,
  TSIG_ERROR,
  TSIG_OTHER_SIZE,
  TSIG_OTHER,
];

const NSEC = 47;
const NSEC3 = 50;
const NSEC3PARAM = 51;
const TSIG = 250;

/** False: of none of these types. */
export function addSecurityData(message: DnsMessage, type: number, at: number, end: number): boolean {
  switch (type) {
    case NSEC: {
      const next = readName(message, at);
      message.d.add(NEXT_NAME, at, next.length, next.text);
      addTypeBitmap(message.d, at + next.length, end);
      return true;
    }
    case NSEC3:
      addTypeBitmap(message.d, addHashedName(message.d, addNsec3Parameters(message.d, at, true)), end);
      return true;
    case NSEC3PARAM:
      addNsec3Parameters(message.d, at, false);
      return true;
    case TSIG:
      addTransactionSignature(message, at);
      return true;
    default:
      return false;
  }
}

/** Returns where what follows begins. */
function addNsec3Parameters(d: Dissection, at: number, ofName: boolean): number {
  d.uint(NSEC3_ALGORITHM, at, 1);
  d.uint(NSEC3_FLAGS, at + 1, 1);
  if (ofName) d.bits(NSEC3_OPT_OUT, at + 1, 1, 0x01);
  d.uint(NSEC3_ITERATIONS, at + 2, 2);
  const salt = d.uint(NSEC3_SALT_LENGTH, at + 4, 1);
  d.view(NSEC3_SALT, at + 5, salt);
  return at + 5 + salt;
}

const BASE_32_HEX = '0123456789abcdefghijklmnopqrstuv';

/** In base 32 with the extended alphabet, without padding (RFC 5155 §1.3). Returns where what follows begins. */
function addHashedName(d: Dissection, at: number): number {
  const length = d.uint(NSEC3_HASH_LENGTH, at, 1);
  let said = '';
  let bits = 0;
  let held = 0;
  for (const byte of d.bytes(at + 1, length)) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) said += BASE_32_HEX[(held >> (bits - 5)) & 31] ?? '';
  }
  if (bits > 0) said += BASE_32_HEX[(held << (5 - bits)) & 31] ?? '';
  d.add(NSEC3_HASH, at + 1, length, said);
  return at + 1 + length;
}

function addTransactionSignature(message: DnsMessage, at: number): void {
  const { d } = message;
  const algorithm = readName(message, at);
  d.add(TSIG_ALGORITHM, at, algorithm.length, algorithm.text);
  const next = at + algorithm.length;
  d.add(TSIG_TIME, next, 6, BigInt(d.number(next, 6)) * 1_000_000_000n);
  d.uint(TSIG_FUDGE, next + 6, 2);
  const length = d.uint(TSIG_MAC_SIZE, next + 8, 2);
  if (length > 0) d.add(TSIG_MAC, next + 10, length, null);
  d.need(next + 10, length);
  const tail = next + 10 + length;
  d.uint(TSIG_ID, tail, 2);
  d.uint(TSIG_ERROR, tail + 2, 2);
  sized(TSIG_OTHER_SIZE, TSIG_OTHER)(message, tail + 4);
}

/** A length of two bytes, and so many bytes. */
function sized(length: Field, of: Field): (message: DnsMessage, at: number) => number {
  return ({ d }, at) => {
    const bytes = d.uint(length, at, 2);
    if (bytes > 0) d.view(of, at + 2, bytes);
    return at + 2 + bytes;
  };
}
