// SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869) with TLS 1.3's labels (RFC 8446 §7.1): here only for keys that
// anybody can derive, of what is on the wire.

/** The first 32 bits of the fractions of the primes' roots (§4.2.2, §5.3.3). */
const primes = Array.from({ length: 312 }, (_, index) => index).filter((number) => {
  if (number < 2) return false;
  for (let by = 2; by * by <= number; by += 1) if (number % by === 0) return false;
  return true;
});
const fraction = (root: number): number => ((root - Math.floor(root)) * 2 ** 32) | 0;
const CONSTANTS = Int32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));
const INITIAL = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const BLOCK_BYTES = 64;
export const HASH_BYTES = 32;

const rotated = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

export function sha256(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, message.length * 8);
  const state = INITIAL.slice();
  const words = new Int32Array(64);
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) {
    for (let index = 0; index < 16; index += 1) words[index] = view.getInt32(at + index * 4);
    for (let index = 16; index < 64; index += 1) {
      const before = words[index - 15] ?? 0;
      const last = words[index - 2] ?? 0;
      const low = rotated(before, 7) ^ rotated(before, 18) ^ (before >>> 3);
      const high = rotated(last, 17) ^ rotated(last, 19) ^ (last >>> 10);
      words[index] = ((words[index - 16] ?? 0) + low + (words[index - 7] ?? 0) + high) | 0;
    }
    compress(state, words);
  }
  const hash = new DataView(new ArrayBuffer(HASH_BYTES));
  for (const [index, word] of state.entries()) hash.setInt32(index * 4, word);
  return new Uint8Array(hash.buffer);
}

/** §6.2.2, steps 2 to 4. */
function compress(state: Int32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let index = 0; index < 64; index += 1) {
    const mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const first = (h + mixed + ((e & f) ^ (~e & g)) + (CONSTANTS[index] ?? 0) + (words[index] ?? 0)) | 0;
    const second = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries())
    state[index] = ((state[index] ?? 0) + word) | 0;
}

/** `key`: of at most a block. */
export function hmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = new Uint8Array(BLOCK_BYTES + message.length).fill(0x36, 0, BLOCK_BYTES);
  const outer = new Uint8Array(BLOCK_BYTES + HASH_BYTES).fill(0x5c, 0, BLOCK_BYTES);
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  inner.set(message, BLOCK_BYTES);
  outer.set(sha256(inner), BLOCK_BYTES);
  return sha256(outer);
}

/** HKDF-Expand-Label with an empty context. `length`: at most a hash. */
export function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  const text = `tls13 ${label}`;
  const info = new Uint8Array(4 + text.length + 1);
  info.set([0, length, text.length, ...Array.from(text, (character) => character.charCodeAt(0))]);
  // An empty context, and the first block's number.
  info.set([0, 1], 3 + text.length);
  return hmac(secret, info).subarray(0, length);
}
