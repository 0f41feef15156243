// Lines of a protocol of text, as a packet has them: ended by CR LF, LF, CR, or the end of what is there.
import type { Dissection } from './dissection.ts';

export interface TextLine {
  readonly at: number;
  /** Without what ends it. */
  readonly length: number;
  /** Where the next one begins. */
  readonly next: number;
}

const LF = 10;
const CR = 13;

/** The line that begins at `at`, which lies before the end of what was captured. */
export function lineAt(d: Dissection, at: number): TextLine {
  const { bytes } = d.packet;
  const end = d.captureEnd;
  let stop = at;
  while (stop < end && bytes[stop] !== LF && bytes[stop] !== CR) stop += 1;
  const ending = stop >= end ? 0 : bytes[stop] === CR && stop + 1 < end && bytes[stop + 1] === LF ? 2 : 1;
  return { at, length: stop - at, next: stop + ending };
}

/** Where a byte stands in a line; -1: nowhere. */
export function indexIn(d: Dissection, { at, length }: TextLine, byte: number, from = at): number {
  const found = d.packet.bytes.subarray(from, at + length).indexOf(byte);
  return found < 0 ? -1 : from + found;
}
