// A full decode as a tree that people read: one line a field, in the order of the packet, with the bytes that it is of and the
// filter that finds others like it.
import { plainText } from '../../plain-text.ts';
import type { Dissection } from './dissection.ts';
import type { Field, FieldValue } from './field.ts';
import { fieldText } from './field-text.ts';
import { fieldNamed } from './catalogue.ts';
import { fieldFilter } from './filter-text.ts';
import { LAYER_LINES, layerLine } from './layer-line.ts';

export interface DetailNode {
  /** 0: a layer; otherwise part of the nearest node above that is less deep. */
  readonly depth: number;
  /** One line without control characters. */
  readonly text: string;
  /** Wireshark's name of the field. */
  readonly field: string;
  /** A display filter that lets packets with the same value pass; null where there is none. */
  readonly filter: string | null;
  /** Bytes of the packet; none when `length` is 0. They lie within what was captured. */
  readonly at: number;
  readonly length: number;
}

/**
 * The same values again, under a name for either end or as they would be relative or scaled: filters need them, readers do
 * not.
 */
export const SAID_AGAIN: ReadonlySet<string> = new Set([
  'eth.addr',
  'ip.addr',
  'ipv6.addr',
  'tcp.port',
  'udp.port',
  'sctp.port',
  'tcp.seq',
  'tcp.ack',
  'tcp.window_size',
]);

/** Beyond these a person reads the bytes. */
const MAX_NODES = 4096;
const MAX_TEXT = 300;
const MAX_BYTES_SHOWN = 32;

/** @param d of a whole decode, not of chosen fields */
export function detailNodes(d: Dissection): DetailNode[] {
  const captured = d.packet.bytes.length;
  const nodes: DetailNode[] = [];
  for (let index = 0; index < d.count && nodes.length < MAX_NODES; index += 1) {
    const field = d.fields[index];
    if (field === undefined) break;
    if (SAID_AGAIN.has(field.name)) continue;
    const value = d.values[index] ?? null;
    const at = Math.max(0, Math.min(d.starts[index] ?? 0, captured));
    nodes.push({
      depth: d.depths[index] ?? 0,
      text: bounded(plainText(lineOf(d, index, field, value))),
      field: field.name,
      // Of a field that filters do not know there is none.
      filter: fieldNamed(field.name) === field ? fieldFilter(field, value) : null,
      at,
      length: Math.max(0, Math.min(d.lengths[index] ?? 0, captured - at)),
    });
  }
  return nodes;
}

function lineOf(d: Dissection, index: number, field: Field, value: FieldValue): string {
  const said = d.texts.get(index);
  const layer = d.depths[index] === 0;
  if (layer) {
    const line = said ?? linesOfLayer(d, index, field);
    return line === '' ? field.label : `${field.label}, ${line}`;
  }
  // A mark or a group has no value that its name would be needed for.
  if (field.type === 'none' || field.type === 'protocol') return said ?? field.label;
  return `${field.label}: ${said ?? valueText(field, value)}`;
}

function linesOfLayer(d: Dissection, layer: number, { name }: Field): string {
  const template = LAYER_LINES[name];
  if (template === undefined) return '';
  return layerLine(template, (wanted) => {
    for (let index = layer + 1; index < d.count && d.depths[index] !== 0; index += 1) {
      const field = d.fields[index];
      if (field?.name === wanted) return d.texts.get(index) ?? shortText(field, d.values[index] ?? null);
    }
    return null;
  });
}

/** The word for the value, where there is one. */
function shortText(field: Field, value: FieldValue): string {
  const word = typeof value === 'number' ? field.words?.[value] : undefined;
  return word ?? valueText(field, value);
}

/** `6 (TCP)`, `set`, `2026-11-24 14:22:07.000000123 UTC`. */
function valueText(field: Field, value: FieldValue): string {
  if (value === null) return '';
  if (field.type === 'boolean' && field.words === null) return Number(value) === 0 ? 'not set' : 'set';
  if (field.type === 'time' && typeof value === 'bigint') return timeText(value);
  if (value instanceof Uint8Array && value.length > MAX_BYTES_SHOWN && field.type === 'bytes') {
    return `${fieldText(field, value.subarray(0, MAX_BYTES_SHOWN))}… (${value.length} bytes)`;
  }
  const text = fieldText(field, value);
  const word = typeof value === 'number' ? field.words?.[value] : undefined;
  return word === undefined ? text : `${text} (${word})`;
}

const SECOND = 1_000_000_000n;
/** A Date reaches so far, ms; packets may claim any time. */
const LAST_MS = 8_640_000_000_000_000n;

function timeText(nanoseconds: bigint): string {
  const ms = (nanoseconds / SECOND) * 1000n;
  if (ms < 0n || ms > LAST_MS) return `${nanoseconds / SECOND} s since 1970`;
  const whole = new Date(Number(ms)).toISOString().slice(0, -5).replace('T', ' ');
  return `${whole}.${(nanoseconds % SECOND).toString().padStart(9, '0')} UTC`;
}

function bounded(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  // Not through the middle of a character beyond U+FFFF.
  return `${text.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/u, '')}…`;
}
