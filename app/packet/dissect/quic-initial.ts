// What protects a client's first QUIC packets (RFC 9001 §5, RFC 9369 §3.3): keys that anybody can derive from the connection's
// id in them.
import { ecb, gcm } from '@noble/ciphers/aes.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { initialKeys } from './quic-versions.ts';

/** §5.4.2: from four bytes behind where the packet number begins, however short it is. */
const SAMPLE_OFFSET = 4;
const SAMPLE_BYTES = 16;
const HASH_BYTES = 32;

export interface OpenedPacket {
  readonly number: number;
  readonly numberBytes: number;
  /** Its frames. */
  readonly frames: Uint8Array;
}

/**
 * `packet`: from its first byte to the end that its length tells. `numberAt`: where in it the packet number begins. `id`: the
 * destination's. Null: nobody knows the version's keys, or it was not sealed with these – a server's, or a later one.
 */
export function openInitial(
  packet: Uint8Array,
  numberAt: number,
  version: number,
  id: Uint8Array,
): OpenedPacket | null {
  const keys = initialKeys(version);
  const sampleAt = numberAt + SAMPLE_OFFSET;
  if (keys === null || packet.length < sampleAt + SAMPLE_BYTES) return null;
  const secret = expandLabel(extract(sha256, id, keys.salt), 'client in', HASH_BYTES);
  const derived = (name: string, length: number): Uint8Array =>
    expandLabel(secret, `${keys.label} ${name}`, length);
  // Memory of its own: packets may lie in shared memory, and the header is changed.
  const bytes = packet.slice();
  const mask = ecb(derived('hp', 16), { disablePadding: true }).encrypt(
    bytes.subarray(sampleAt, sampleAt + SAMPLE_BYTES),
  );
  const first = (bytes[0] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  bytes[0] = first;
  const numberBytes = (first & 0x03) + 1;
  const nonce = derived('iv', 12);
  let number = 0;
  for (let index = 0; index < numberBytes; index += 1) {
    const byte = (bytes[numberAt + index] ?? 0) ^ (mask[index + 1] ?? 0);
    bytes[numberAt + index] = byte;
    number = number * 0x100 + byte;
    const place = nonce.length - numberBytes + index;
    nonce[place] = (nonce[place] ?? 0) ^ byte;
  }
  const sealedAt = numberAt + numberBytes;
  try {
    const cipher = gcm(derived('key', 16), nonce, bytes.subarray(0, sealedAt));
    return { number, numberBytes, frames: cipher.decrypt(bytes.subarray(sealedAt)) };
  } catch {
    return null;
  }
}

/** HKDF-Expand-Label of TLS 1.3 (RFC 8446 §7.1) with an empty context. */
function expandLabel(secret: Uint8Array, name: string, length: number): Uint8Array {
  const label = utf8ToBytes(`tls13 ${name}`);
  return expand(
    sha256,
    secret,
    concatBytes(Uint8Array.of(0, length, label.length), label, Uint8Array.of(0)),
    length,
  );
}
