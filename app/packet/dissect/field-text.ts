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
      return value instanceof Uint8Array ? hex(value) : '';
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
    case 'text':
      if (typeof value === 'number' && field.hexDigits > 0)
        return `0x${value.toString(16).padStart(field.hexDigits, '0')}`;
      return typeof value === 'string' ? value : value.toString();
  }
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
