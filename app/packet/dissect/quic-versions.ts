// Versions of QUIC, and the salt that each makes of a connection's id its first keys with: RFC 9001 §5.2, its drafts, RFC 9369
// (version 2), and what Google and Facebook spoke before it was a standard.
import { hexToBytes } from '@noble/hashes/utils.js';

export const QUIC_VERSION_WORDS: Readonly<Record<number, string>> = {
  0x0000_0001: '1',
  0x6b33_43cf: '2',
  0xff00_0015: 'draft 21',
  0xff00_0016: 'draft 22',
  0xff00_0017: 'draft 23',
  0xff00_0018: 'draft 24',
  0xff00_0019: 'draft 25',
  0xff00_001a: 'draft 26',
  0xff00_001b: 'draft 27',
  0xff00_001c: 'draft 28',
  0xff00_001d: 'draft 29',
  0xff00_001e: 'draft 30',
  0xff00_001f: 'draft 31',
  0xff00_0020: 'draft 32',
  0xff00_0021: 'draft 33',
  0xff00_0022: 'draft 34',
  0x5130_3530: 'Google 050',
  0x5430_3530: 'Google T050',
  0x5430_3531: 'Google T051',
  0xface_b001: 'Facebook, draft 22',
  0xface_b002: 'Facebook, draft 27',
  0xface_b00e: 'Facebook, experimental',
};

const SALTS = {
  version2: '0dede3def700a6db819381be6e269dcbf9bd2ed9',
  standard: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a',
  draft29: 'afbfec289993d24c9e9786f19c6111e04390a899',
  draft23: 'c3eef712c72ebb5a11a7d2432bb46365bef9f502',
  draft21: '7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a',
  google050: '504574efd066fe2f9d945cfcdbd3a7f0d3b56b45',
  googleT050: '7ff579e5acd072915580304c43a2367c60488310',
  googleT051: '7a4edef4e7ccee5fa4506c19124fc8ccda6e033d',
};

/** RFC 9000 §15: versions of this pattern are there to be refused. Clients encrypt them like one that they know. */
const isReserved = (version: number): boolean => (version & 0x0f0f_0f0f) === 0x0a0a_0a0a;

export const isKnownVersion = (version: number): boolean =>
  QUIC_VERSION_WORDS[version] !== undefined || isReserved(version);

/** RFC 9369. Its packets' types have other numbers. */
export const isVersion2 = (version: number): boolean => version === 0x6b33_43cf;

export interface InitialKeys {
  readonly salt: Uint8Array;
  /** What the labels of its keys begin with. */
  readonly label: string;
}

/** Null: of what such a version says first nobody knows the keys. */
export function initialKeys(version: number): InitialKeys | null {
  const name = saltName(version);
  if (name === null) return null;
  return { salt: hexToBytes(SALTS[name]), label: isVersion2(version) ? 'quicv2' : 'quic' };
}

function saltName(version: number): keyof typeof SALTS | null {
  if (version === 1 || version === 0xff00_0021 || version === 0xff00_0022) return 'standard';
  if (isVersion2(version)) return 'version2';
  if (isReserved(version)) return 'draft29';
  if (version >= 0xff00_001d && version <= 0xff00_0020) return 'draft29';
  if (version >= 0xff00_0017 && version <= 0xff00_001c) return 'draft23';
  if (version === 0xff00_0015 || version === 0xff00_0016 || version === 0xface_b001) return 'draft21';
  if (version === 0xface_b002 || version === 0xface_b00e) return 'draft23';
  if (version === 0x5130_3530) return 'google050';
  if (version === 0x5430_3530) return 'googleT050';
  if (version === 0x5430_3531) return 'googleT051';
  return null;
}
