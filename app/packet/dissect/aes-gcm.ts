// AES-128 (FIPS 197) and its Galois/Counter Mode (NIST SP 800-38D), to read: speed and timing do not matter here, since the keys
// are those that anybody can derive.

const SBOX = new Uint8Array(256);
/** Multiplication by x in GF(2^8). */
const doubled = (byte: number): number => ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 0xff;
{
  // Powers of 3, which runs through all but 0, beside those of its inverse (§5.1.1).
  let power = 1;
  let inverse = 1;
  do {
    power ^= doubled(power);
    for (const shift of [1, 2, 4]) inverse ^= (inverse << shift) & 0xff;
    if (inverse & 0x80) inverse ^= 0x09;
    const spread = inverse | (inverse << 8);
    SBOX[power] = (inverse ^ (spread >> 7) ^ (spread >> 6) ^ (spread >> 5) ^ (spread >> 4) ^ 0x63) & 0xff;
  } while (power !== 1);
  SBOX[0] = 0x63;
}

const BLOCK_BYTES = 16;
const ROUNDS = 10;
export const TAG_BYTES = 16;

/** §5.2. `key`: 16 bytes. */
export function expandKey(key: Uint8Array): Uint8Array {
  const round = new Uint8Array(BLOCK_BYTES * (ROUNDS + 1));
  round.set(key);
  let constant = 1;
  for (let at = BLOCK_BYTES; at < round.length; at += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = round.subarray(at - 4, at);
    let word = [a, b, c, d];
    if (at % BLOCK_BYTES === 0) {
      word = [b, c, d, a].map((byte) => SBOX[byte] ?? 0);
      word[0] = (word[0] ?? 0) ^ constant;
      constant = doubled(constant);
    }
    for (let index = 0; index < 4; index += 1)
      round[at + index] = (round[at + index - BLOCK_BYTES] ?? 0) ^ (word[index] ?? 0);
  }
  return round;
}

/** §5.1. */
export function encryptBlock(roundKeys: Uint8Array, block: Uint8Array): Uint8Array {
  let state = block.map((byte, index) => byte ^ (roundKeys[index] ?? 0));
  for (let round = 1; round <= ROUNDS; round += 1) {
    // Bytes substituted, rows shifted.
    const from = state;
    const shifted = state.map((_, index) => SBOX[from[(index + 4 * (index % 4)) % BLOCK_BYTES] ?? 0] ?? 0);
    const key = roundKeys.subarray(round * BLOCK_BYTES);
    state = shifted.map((byte, index) => {
      const keyed = key[index] ?? 0;
      if (round === ROUNDS) return byte ^ keyed;
      const column = index & ~3;
      const at = (by: number): number => shifted[column + ((index + by) & 3)] ?? 0;
      return doubled(byte) ^ doubled(at(1)) ^ at(1) ^ at(2) ^ at(3) ^ keyed;
    });
  }
  return state;
}

/** `sealed`: the ciphertext and its tag. `nonce`: 12 bytes. Null: it was not sealed with this key, nonce and header. */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  header: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | null {
  const roundKeys = expandKey(key);
  const text = sealed.subarray(0, sealed.length - TAG_BYTES);
  const counter = new Uint8Array(BLOCK_BYTES);
  counter.set(nonce);
  const view = new DataView(counter.buffer);
  view.setUint32(12, 1);
  const mask = encryptBlock(roundKeys, counter);
  const hash = authenticated(encryptBlock(roundKeys, new Uint8Array(BLOCK_BYTES)), header, text);
  for (let index = 0; index < TAG_BYTES; index += 1)
    if (((hash[index] ?? 0) ^ (mask[index] ?? 0)) !== sealed[text.length + index]) return null;
  const plain = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += BLOCK_BYTES) {
    view.setUint32(12, 2 + at / BLOCK_BYTES);
    const stream = encryptBlock(roundKeys, counter);
    for (let index = 0; index < BLOCK_BYTES && at + index < text.length; index += 1)
      plain[at + index] = (text[at + index] ?? 0) ^ (stream[index] ?? 0);
  }
  return plain;
}

/** GHASH (§6.4) of header, text and their lengths. */
function authenticated(subkey: Uint8Array, header: Uint8Array, text: Uint8Array): Uint8Array {
  const lengths = new DataView(new ArrayBuffer(BLOCK_BYTES));
  lengths.setUint32(4, header.length * 8);
  lengths.setUint32(12, text.length * 8);
  let hash = new Uint8Array(BLOCK_BYTES);
  for (const part of [header, text, new Uint8Array(lengths.buffer)])
    for (let at = 0; at < part.length; at += BLOCK_BYTES) {
      for (let index = 0; index < BLOCK_BYTES && at + index < part.length; index += 1)
        hash[index] = (hash[index] ?? 0) ^ (part[at + index] ?? 0);
      hash = product(hash, subkey);
    }
  return hash;
}

/** In GF(2^128), bits from the left (§6.3). */
function product(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = new DataView(right.slice().buffer);
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => words.getInt32(at)) as [number, number, number, number];
  let [w, x, y, z] = [0, 0, 0, 0];
  for (let bit = 0; bit < 128; bit += 1) {
    if (((left[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) {
      w ^= a;
      x ^= b;
      y ^= c;
      z ^= d;
    }
    const carry = d & 1;
    d = (d >>> 1) | (c << 31);
    c = (c >>> 1) | (b << 31);
    b = (b >>> 1) | (a << 31);
    a = (a >>> 1) ^ (carry === 0 ? 0 : 0xe100_0000);
  }
  const view = new DataView(new ArrayBuffer(BLOCK_BYTES));
  for (const [index, word] of [w, x, y, z].entries()) view.setInt32(index * 4, word);
  return new Uint8Array(view.buffer);
}
