// Records whose data is parts one after another, told as a list: `[u16(PREFERENCE), name(EXCHANGE)]`.
import { readName, type DnsMessage } from './dns-name.ts';
import type { Field } from './field.ts';

/** Adds its field or fields; returns where the next part begins. `end`: of the record's data. */
export interface Part {
  readonly fields: readonly Field[];
  readonly add: (message: DnsMessage, at: number, end: number) => number;
}

const number =
  (length: number) =>
  (of: Field): Part => ({
    fields: [of],
    add: ({ d }, at) => {
      d.uint(of, at, length);
      return at + length;
    },
  });

export const u8 = number(1);
export const u16 = number(2);
export const u32 = number(4);

const view =
  (length: number) =>
  (of: Field): Part => ({
    fields: [of],
    add: ({ d }, at) => {
      d.view(of, at, length);
      return at + length;
    },
  });

export const ip4 = view(4);
export const ip6 = view(16);
export const eui48 = view(6);
export const eui64 = view(8);

/** Seconds since 1970. */
export const moment = (of: Field): Part => ({
  fields: [of],
  add: ({ d }, at) => {
    d.add(of, at, 4, BigInt(d.u32(at)) * 1_000_000_000n);
    return at + 4;
  },
});

export const name = (of: Field): Part => ({
  fields: [of],
  add: (message, at) => {
    message.d.reading(of);
    const { length, text: said } = readName(message, at);
    message.d.add(of, at, length, said);
    return at + length;
  },
});

/** A length of one byte, and so many bytes of text. */
export const text = (length: Field, of: Field): Part => ({
  fields: [length, of],
  add: ({ d }, at) => {
    const bytes = d.uint(length, at, 1);
    d.text(of, at + 1, bytes);
    return at + 1 + bytes;
  },
});

/** The same as often as it fits. */
export const texts = (length: Field, of: Field): Part => ({
  fields: [length, of],
  add: ({ d }, at, end) => {
    let next = at;
    // One that goes on past the record, as tshark has it, ends where the message does.
    while (next !== end) {
      const bytes = d.uint(length, next, 1);
      d.text(of, next + 1, bytes);
      next += 1 + bytes;
    }
    return next;
  },
});

/** Bytes up to the end of the record's data. */
export const rest = (of: Field): Part => ({
  fields: [of],
  add: ({ d }, at, end) => {
    d.reading(of);
    if (end < at) d.fail();
    if (of.type === 'text') d.text(of, at, end - at);
    else d.view(of, at, end - at);
    return end;
  },
});

/** Bits of the 16 that stand here; the next part begins where this one does. */
export const bits16 = (of: Field, mask: number): Part => ({
  fields: [of],
  add: ({ d }, at) => {
    d.bits(of, at, 2, mask);
    return at;
  },
});

export function addParts(message: DnsMessage, parts: readonly Part[], at: number, end: number): void {
  let next = at;
  for (const part of parts) next = part.add(message, next, end);
}

export const fieldsOf = (parts: Iterable<readonly Part[]>): readonly Field[] => [
  ...new Set([...parts].flat().flatMap(({ fields }) => fields)),
];
