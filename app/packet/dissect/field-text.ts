// A field's value as tshark's `-T fields` prints it, so that the two can be compared line by line.
import { AddressKind, addressText } from '../address.ts';
import type { Field, FieldValue } from './field.ts';

export function fieldText(field: Field, value: FieldValue): string {
  if (value === null) return '';
  switch (field.type) {
    case 'ipv4':
      return value instanceof Uint8Array ? addressText(AddressKind.ipv4, value, 0) : '';
    case 'ipv6':
      return value instanceof Uint8Array ? addressText(AddressKind.ipv6, value, 0) : '';
    case 'mac':
      return value instanceof Uint8Array ? addressText(AddressKind.mac, value, 0) : '';
    case 'bytes':
      return value instanceof Uint8Array ? hex(value) || '<MISSING>' : '';
    case 'time': {
      if (typeof value === 'string') return value;
      const nanoseconds = typeof value === 'bigint' ? value : 0n;
      const fraction = (nanoseconds % 1_000_000_000n).toString().padStart(9, '0');
      return `${nanoseconds / 1_000_000_000n}.${fraction}`;
    }
    case 'protocol':
    case 'none':
    case 'boolean':
    case 'uint':
    case 'int':
    case 'uint64':
      if (typeof value === 'number' && field.hexDigits > 0)
        return `0x${value.toString(16).padStart(field.hexDigits, '0')}`;
      return typeof value === 'string' ? value : value.toString();
    case 'text':
      return typeof value === 'string' ? printed(value) : '';
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

/** As C would print it, up to a zero; what would break a line, or a column, is escaped. */
function printed(text: string): string {
  const zero = text.indexOf('\0');
  const said = zero < 0 ? text : text.slice(0, zero);
  return said.replace(/[\b\t\n\f\r]/gu, (character) => ESCAPES[character] ?? character);
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
