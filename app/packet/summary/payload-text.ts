// Text out of a packet's payload, for people: bounded, and plain whatever it holds.
import { plainText } from '../../plain-text.ts';

/** A summary is one line of a table. */
const MAX_LINE_BYTES = 200;

const utf8 = new TextDecoder('utf-8');

/** The first line without its end, if one begins here. */
export function firstLine(bytes: Uint8Array, at: number): string {
  const limit = Math.min(bytes.length, at + MAX_LINE_BYTES);
  let end = at;
  while (end < limit && bytes[end] !== 0x0a && bytes[end] !== 0x0d) end += 1;
  // A copy: decoders refuse shared memory.
  const text = plainText(utf8.decode(bytes.slice(at, end)));
  return end === limit && limit < bytes.length ? `${text}…` : text;
}

export function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  if (at + text.length > bytes.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
