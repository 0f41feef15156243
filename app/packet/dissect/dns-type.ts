// A record's type, which tshark also has for the types that an NSEC record lists.
import type { Dissection } from './dissection.ts';
import { TYPE_WORDS } from './dns-words.ts';
import { field } from './field.ts';

export const TYPE = field('dns.resp.type', 'Type', 'uint', { words: TYPE_WORDS });

/** RFC 4034 §4.1.2: blocks of a window's number, a length, and so many bytes with a bit a type. */
export function addTypeBitmap(d: Dissection, at: number, end: number): void {
  for (let next = at; next < end;) {
    const window = d.u8(next);
    const length = d.u8(next + 1);
    for (let index = 0; index < length; index += 1) {
      const byte = d.u8(next + 2 + index);
      for (let bit = 0; bit < 8; bit += 1)
        if ((byte & (0x80 >> bit)) !== 0) d.add(TYPE, next + 2 + index, 1, window * 256 + index * 8 + bit);
    }
    next += 2 + length;
  }
}
