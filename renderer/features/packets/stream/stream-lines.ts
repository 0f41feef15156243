// A followed stream as lines of equal height: turns of the two ends, their bytes as text or hexadecimal, and gaps. Pure.
import type { FollowedStream } from '../../../../app/contract/followed-stream.ts';

export type StreamMode = 'text' | 'hex';
type Direction = 0 | 1;

export type StreamLine =
  | {
      readonly kind: 'turn';
      readonly direction: Direction;
      readonly packet: number;
      readonly at: { readonly s: number; readonly ns: number };
      /** Of the turn. */
      readonly bytes: number;
    }
  /** Bytes of the stream, `to` excluded. */
  | { readonly kind: 'bytes'; readonly direction: Direction; readonly from: number; readonly to: number }
  | {
      readonly kind: 'missing' | 'cut';
      readonly direction: Direction;
      readonly length: number;
      readonly packet: number;
    };

/** Bytes in a line of the hexadecimal view. */
export const HEX_BYTES = 16;
const LINE_FEED = 10;

/** @param columns of text in a line */
export function streamLines(
  { pieces, bytes }: FollowedStream,
  mode: StreamMode,
  columns: number,
): StreamLine[] {
  const lines: StreamLine[] = [];
  let at = 0;
  let speaker: Direction | null = null;
  for (let index = 0; index < pieces.length;) {
    const piece = pieces[index];
    if (piece === undefined) break;
    const { direction } = piece;
    if (direction !== speaker) {
      speaker = direction;
      let said = 0;
      for (let next = index; pieces[next]?.direction === direction; next += 1)
        said += pieces[next]?.kind === 'bytes' ? (pieces[next]?.length ?? 0) : 0;
      lines.push({ kind: 'turn', direction, packet: piece.packet, at: piece.at, bytes: said });
    }
    if (piece.kind !== 'bytes') {
      lines.push({ kind: piece.kind, direction, length: piece.length, packet: piece.packet });
      index += 1;
      continue;
    }
    // A line does not end where a segment does.
    const from = at;
    for (; pieces[index]?.kind === 'bytes' && pieces[index]?.direction === direction; index += 1)
      at += pieces[index]?.length ?? 0;
    if (mode === 'hex') {
      for (let begin = from; begin < at; begin += HEX_BYTES)
        lines.push({ kind: 'bytes', direction, from: begin, to: Math.min(at, begin + HEX_BYTES) });
    } else wrap(bytes, direction, from, at, Math.max(20, columns), lines);
  }
  return lines;
}

function wrap(
  bytes: Uint8Array,
  direction: Direction,
  start: number,
  end: number,
  columns: number,
  lines: StreamLine[],
): void {
  let from = start;
  let width = 0;
  for (let at = start; at < end;) {
    if (bytes[at] === LINE_FEED) {
      lines.push({ kind: 'bytes', direction, from, to: at });
      at += 1;
      from = at;
      width = 0;
      continue;
    }
    const length = Math.min(signLength(bytes, at), end - at);
    // Chinese signs, and what lies beyond the basic plane, are twice as wide.
    const wide = length > 2 ? 2 : 1;
    if (width + wide > columns) {
      lines.push({ kind: 'bytes', direction, from, to: at });
      from = at;
      width = 0;
    }
    at += length;
    width += wide;
  }
  if (from < end) lines.push({ kind: 'bytes', direction, from, to: end });
}

/** Bytes of the UTF-8 sign that begins here; of what is none, 1. */
function signLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  if (lead >= 0xf5) return 1;
  for (let next = 1; next < length; next += 1) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 1;
  return length;
}

/** Where the words begin in the stream's bytes; ASCII letters of either case are the same. At most `most`. */
export function found(bytes: Uint8Array, words: string, most: number): number[] {
  const wanted = new TextEncoder().encode(words.toLowerCase());
  const places: number[] = [];
  const [first] = wanted;
  if (first === undefined) return places;
  for (let at = 0; at + wanted.length <= bytes.length && places.length < most; at += 1) {
    if (lower(bytes[at] ?? 0) !== first) continue;
    if (wanted.every((byte, index) => lower(bytes[at + index] ?? 0) === byte)) places.push(at);
  }
  return places;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

/** A line's bytes cut where what was found begins and ends. @param places in order; each `length` bytes long */
export function lit(
  from: number,
  to: number,
  places: readonly number[],
  length: number,
): readonly { readonly from: number; readonly to: number; readonly hit: boolean }[] {
  const parts: { from: number; to: number; hit: boolean }[] = [];
  let at = from;
  // The first that may reach into the line.
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) + length <= from) low = middle + 1;
    else high = middle;
  }
  for (; low < places.length && (places[low] ?? to) < to; low += 1) {
    const begin = Math.max(at, places[low] ?? 0);
    const end = Math.min(to, (places[low] ?? 0) + length);
    if (begin > at) parts.push({ from: at, to: begin, hit: false });
    if (end > begin) parts.push({ from: begin, to: end, hit: true });
    at = Math.max(at, end);
  }
  if (at < to) parts.push({ from: at, to, hit: false });
  return parts;
}
