// A field of one packet as a display filter that lets exactly such packets pass: `ip.src == 192.168.2.3`. What packets
// carry is hostile: text is quoted, and what cannot be said is not said.
import { fieldText } from './field-text.ts';
import type { Field, FieldValue } from './field.ts';

/** Longer values make no filter that anybody reads. */
const MAX_TEXT = 200;
const MAX_BYTES = 64;

/** Null when the value cannot be told in the filter's language. */
export function fieldFilter(field: Field, value: FieldValue): string | null {
  if (value === null) return field.name;
  switch (field.type) {
    case 'protocol':
    case 'none':
      return field.name;
    case 'boolean':
    case 'uint':
    case 'int':
    case 'uint64':
    case 'ipv4':
    case 'ipv6':
    case 'mac':
    case 'time':
      return `${field.name} == ${fieldText(field, value)}`;
    case 'bytes':
      return value instanceof Uint8Array ? bytesFilter(field, value) : null;
    case 'text':
      return typeof value === 'string' ? textFilter(field, value) : null;
  }
}

function bytesFilter(field: Field, value: Uint8Array): string | null {
  if (value.length === 0) return field.name;
  if (value.length > MAX_BYTES) return null;
  const bytes = Array.from(value, (byte) => byte.toString(16).padStart(2, '0'));
  return `${field.name} == ${bytes.join(':')}`;
}

function textFilter(field: Field, value: string): string | null {
  // Bytes that are no UTF-8 were replaced on reading: what they were is not known any more.
  if (value.length > MAX_TEXT || value.includes('\uFFFD')) return null;
  return `${field.name} == ${quotedText(value)}`;
}

/** In double quotes, as Wireshark writes strings: what does not print, and what turns text around, as bytes of its UTF-8. */
export function quotedText(text: string): string {
  const escaped = text
    .replace(/["\\]/gu, (sign) => `\\${sign}`)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (sign) =>
      Array.from(utf8.encode(sign), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    );
  return `"${escaped}"`;
}

const utf8 = new TextEncoder();
