// Every field by its name.
import * as bgp from './bgp.ts';
import * as data from './data.ts';
import * as dns from './dns.ts';
import * as ethernet from './ethernet.ts';
import type { Field } from './field.ts';
import * as frame from './frame.ts';
import * as ipv4 from './ipv4.ts';
import * as marks from './marks.ts';
import * as tcp from './tcp.ts';
import * as udp from './udp.ts';

/** By dissector; within one in the order of its packet. */
const FIELDS: readonly Field[] = [
  ...frame.FIELDS,
  ...ethernet.FIELDS,
  ...ipv4.FIELDS,
  ...tcp.FIELDS,
  ...udp.FIELDS,
  ...bgp.FIELDS,
  ...dns.FIELDS,
  ...data.FIELDS,
  ...marks.FIELDS,
];

/** Fields of one name that several dissectors add are one object. */
const BY_NAME = new Map(FIELDS.map((field) => [field.name, field]));

export function fieldNamed(name: string): Field | null {
  return BY_NAME.get(name) ?? null;
}

/** In alphabetical order. */
export const fieldNames: readonly string[] = [...BY_NAME.keys()].sort();
