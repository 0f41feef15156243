// What `hopscope collect` printed, read back: base64 or hexadecimal between two marks, with the checksum of cksum(1) and the length
// in the second. Blanks, CRs and line breaks of a console are nothing to either form.
import { fail, ok, type Result } from '../result.ts';

export interface Collected {
  /** NODE: a discovery; TEXT: commands' own output. */
  readonly kind: 'NODE' | 'TEXT';
  readonly bytes: Uint8Array;
}

/** The failure is a sentence for the operator. */
export function readCollected(lines: readonly string[]): Result<Collected, string> {
  const begin = /-----BEGIN HOPSCOPE (NODE|TEXT) (base64|hex)-----/.exec(lines[0] ?? '');
  const end = /-----END HOPSCOPE (\d{1,10}) (\d{1,12})-----/.exec(lines.at(-1) ?? '');
  if (begin === null || end === null || lines.length < 2)
    return fail(
      'The collector’s output does not end: paste it again to its last line, or print it into a file.',
    );
  const body = lines.slice(1, -1).join('');
  const bytes = begin[2] === 'hex' ? fromHex(body) : fromBase64(body);
  const size = Number(end[2]);
  if (bytes === null || bytes.length !== size || cksum(bytes) !== Number(end[1])) {
    const had = bytes === null ? 'something else came between' : `${bytes.length} of ${size} bytes came`;
    return fail(
      `The collector’s output is not whole (${had}): print it into a file, sh hopscope-collect.sh > node.txt, and drop that.`,
    );
  }
  return ok({ kind: begin[1] === 'TEXT' ? 'TEXT' : 'NODE', bytes });
}

/** The nonce that the node made: nothing of anybody else's stands before the first mark. */
export function nonceOf(bytes: Uint8Array): string | null {
  const start = new TextDecoder().decode(bytes.subarray(0, 200));
  return /^\s*#([A-Za-z0-9]{16,64}) clock /.exec(start)?.[1] ?? null;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Null when it holds anything else. */
export function fromBase64(text: string): Uint8Array | null {
  const letters = text.replace(/[\s=]/g, '');
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < letters.length; index += 1) {
    const value = VALUES[letters.charCodeAt(index)] ?? 255;
    if (value === 255) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}

const VALUES = new Uint8Array(128).fill(255);
for (let value = 0; value < ALPHABET.length; value += 1) VALUES[ALPHABET.charCodeAt(value)] = value;

function fromHex(text: string): Uint8Array | null {
  const digits = text.replace(/\s/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16),
  );
}

/** POSIX cksum: CRC-32 of polynomial 0x04c11db7, most significant bit first, over the bytes and then their number. */
export function cksum(bytes: Uint8Array): number {
  let crc = 0;
  const feed = (byte: number): void => {
    crc = ((crc << 8) ^ (TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0;
  };
  for (const byte of bytes) feed(byte);
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) feed(length % 256);
  return ~crc >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});
