// WireGuard (https://www.wireguard.com/protocol): what a message is, and whose; the rest is encrypted.
import type { Dissection } from './dissection.ts';
import { field } from './field.ts';

const TYPE_WORDS = {
  1: 'Handshake initiation',
  2: 'Handshake response',
  3: 'Cookie reply',
  4: 'Transport data',
};

const WG = field('wg', 'WireGuard', 'protocol');
const TYPE = field('wg.type', 'Type', 'uint', { words: TYPE_WORDS });
const RESERVED = field('wg.reserved', 'Reserved', 'bytes');
const SENDER = field('wg.sender', 'Sender', 'uint', { hexDigits: 8 });
const RECEIVER = field('wg.receiver', 'Receiver', 'uint', { hexDigits: 8 });
const COUNTER = field('wg.counter', 'Counter', 'uint64');

export const FIELDS = [WG, TYPE, RESERVED, SENDER, RECEIVER, COUNTER];

/** How long a message of each type is; data may be longer. */
const BYTES = [0, 148, 92, 64, 32];
const DATA = 4;

/** Whether these bytes are a message: type, three zeros, and the length that the type has. */
export function looksLikeWireGuard(d: Dissection, at: number, end: number): boolean {
  if (!d.has(at, 4)) return false;
  const type = d.u8(at);
  const bytes = BYTES[type] ?? 0;
  if (bytes === 0 || d.number(at + 1, 3) !== 0) return false;
  return type === DATA ? end - at >= bytes : end - at === bytes;
}

export function dissectWireGuard(d: Dissection, at: number, end: number): void {
  d.layer(WG, at, end - at);
  const type = d.uint(TYPE, at, 1);
  d.view(RESERVED, at + 1, 3);
  let from = at + 4;
  if (type === 1 || type === 2) {
    d.add(SENDER, from, 4, littleEndian(d, from));
    from += 4;
  }
  if (type !== 1) {
    d.add(RECEIVER, from, 4, littleEndian(d, from));
    from += 4;
  }
  if (type === DATA)
    d.add(COUNTER, from, 8, BigInt(littleEndian(d, from)) + (BigInt(littleEndian(d, from + 4)) << 32n));
}

function littleEndian(d: Dissection, at: number): number {
  d.reading(SENDER);
  const word = d.u32(at);
  return ((word & 0xff) * 0x1000000 + ((word & 0xff00) << 8) + ((word >>> 8) & 0xff00) + (word >>> 24)) >>> 0;
}
