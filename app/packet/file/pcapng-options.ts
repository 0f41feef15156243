// Options of pcapng's blocks (draft-ietf-opsawg-pcapng §3.5): code, length, value, padded to words.
import { MAX_COMMENT_BYTES } from '../store/segment-layout.ts';

const END_OF_OPTIONS = 0;
const COMMENT = 1;

/** Between comments of one packet. None contains it: a comment ends at its first zero. */
export const COMMENT_SEPARATOR = '\u0000';

/** False: an option goes on past `end`. Those before were visited. */
export function eachOption(
  block: DataView,
  from: number,
  end: number,
  little: boolean,
  visit: (code: number, at: number, length: number) => void,
): boolean {
  for (let at = from; at + 4 <= end;) {
    const code = block.getUint16(at, little);
    const length = block.getUint16(at + 2, little);
    at += 4;
    if (code === END_OF_OPTIONS) return true;
    if (at + length > end) return false;
    visit(code, at, length);
    at += (length + 3) & ~3;
  }
  return true;
}

/**
 * A packet's comments, hostile text in UTF-8, with COMMENT_SEPARATOR between; null: none. What is damaged behind a packet
 * costs no packet.
 */
export function readComments(block: DataView, from: number, end: number, little: boolean): Uint8Array | null {
  if (end - from < 4) return null;
  const comments: Uint8Array[] = [];
  let length = -1;
  eachOption(block, from, end, little, (code, at, optionLength) => {
    if (code !== COMMENT || length >= MAX_COMMENT_BYTES) return;
    const comment = upToZero(block, at, optionLength);
    comments.push(comment);
    length += 1 + comment.length;
  });
  const [first] = comments;
  if (first === undefined || comments.length === 1) return first ?? null;
  const joined = new Uint8Array(length);
  let to = 0;
  for (const comment of comments) {
    joined.set(comment, to);
    to += comment.length + 1;
  }
  return joined;
}

/** Of at most `most` bytes. */
export function optionText(block: DataView, at: number, length: number, most: number): string {
  // A copy: decoders refuse shared memory.
  return new TextDecoder().decode(upToZero(block, at, Math.min(length, most)).slice());
}

/** Some writers add one. */
function upToZero(block: DataView, at: number, length: number): Uint8Array {
  const bytes = new Uint8Array(block.buffer, block.byteOffset + at, length);
  const zero = bytes.indexOf(0);
  return zero < 0 ? bytes : bytes.subarray(0, zero);
}
