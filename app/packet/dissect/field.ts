// What a dissector can tell of a packet, under the names that Wireshark gives (https://www.wireshark.org/docs/dfref/).

export type FieldType =
  /** A layer: it is there or not. */
  | 'protocol'
  /** A group of fields, or a mark, without a value of its own. */
  | 'none'
  | 'boolean'
  | 'uint'
  | 'int'
  | 'uint64'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  | 'text'
  | 'bytes'
  /** Nanoseconds since 1970. */
  | 'time';

/** Addresses and bytes: a view into the packet. Booleans: 0 or 1. `uint64` and `time`: a bigint; a time that is none: text. */
export type FieldValue = number | bigint | string | Uint8Array | null;

export interface Field {
  /** `ip.ttl` */
  readonly name: string;
  /** As people read it: `Time to live`. */
  readonly label: string;
  readonly type: FieldType;
  /** Printed as hexadecimal with so many digits; 0: decimal. */
  readonly hexDigits: number;
  /** Words for numbers: `1: 'Request'`. */
  readonly words: Readonly<Record<number, string>> | null;
  /** Fields that have each value of this one too: `ip.addr` those of `ip.src`. Not listed where everything is. */
  readonly also: readonly Field[];
}

interface FieldOptions {
  readonly hexDigits?: number;
  readonly words?: Readonly<Record<number, string>>;
  readonly also?: readonly Field[];
}

export function field(name: string, label: string, type: FieldType, options: FieldOptions = {}): Field {
  const { hexDigits = 0, words = null, also = [] } = options;
  return { name, label, type, hexDigits, words, also };
}
