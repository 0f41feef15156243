// What packets of tests are put together from: numbers in network order, bytes, text, checksums.

export type Part = number | readonly number[] | Uint8Array | string;

/** A number is one byte, a string its UTF-8. */
export function join(...parts: readonly Part[]): Uint8Array {
  const pieces = parts.map((part) => {
    if (typeof part === 'number') return Uint8Array.of(part);
    return typeof part === 'string' ? new TextEncoder().encode(part) : Uint8Array.from(part);
  });
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

export const u16 = (value: number): readonly number[] => [(value >> 8) & 255, value & 255];
export const u24 = (value: number): readonly number[] => [(value >> 16) & 255, ...u16(value)];
export const u32 = (value: number): readonly number[] => [(value >>> 24) & 255, ...u24(value)];

export const zeros = (length: number): Uint8Array => new Uint8Array(length);

/** `00 1b 63 …`, spaces as one likes. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/gu, '').match(/../gu) ?? [], (digits) =>
    Number.parseInt(digits, 16),
  );
}

export const ip4 = (text: string): readonly number[] => text.split('.').map(Number);
export const mac = (text: string): Uint8Array => hex(text.replaceAll(':', ''));

/** Groups in full, or with one `::`. */
export function ip6(text: string): Uint8Array {
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail ?? '');
  const between = tail === undefined ? [] : Array<number>(8 - before.length - after.length).fill(0);
  return join(...[...before, ...between, ...after].map(u16));
}

/** The Internet checksum (RFC 1071). */
export function checksum(...parts: readonly Part[]): number {
  const bytes = join(...parts);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/** `bytes` with its checksum put in at `at`. */
export function summed(bytes: Uint8Array, at: number, ...pseudoHeader: readonly Part[]): Uint8Array {
  const copy = bytes.slice();
  copy.set(u16(checksum(...pseudoHeader, copy)), at);
  return copy;
}
