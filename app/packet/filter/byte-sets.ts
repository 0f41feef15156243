// Sets of bytes, and those that PCRE has letters and names for (pcre2pattern(3)).

/** By byte: 1 when it is in the set. */
export type ByteSet = Uint8Array;

export function setOf(has: (byte: number) => boolean): ByteSet {
  return Uint8Array.from({ length: 256 }, (_, byte) => (has(byte) ? 1 : 0));
}

export function single(byte: number): ByteSet {
  return setOf((one) => one === byte);
}

export function complement(set: ByteSet): ByteSet {
  return set.map((has) => 1 - has);
}

export function include(into: ByteSet, set: ByteSet): void {
  for (let byte = 0; byte < 256; byte += 1) into[byte] = (into[byte] ?? 0) | (set[byte] ?? 0);
}

/** The one that it holds; null: several. */
export function byteIn(set: ByteSet): number | null {
  const byte = set.indexOf(1);
  return byte === set.lastIndexOf(1) ? byte : null;
}

function ofPattern(pattern: RegExp): ByteSet {
  return setOf((byte) => pattern.test(String.fromCharCode(byte)));
}

export const WORD_BYTES = ofPattern(/[A-Za-z0-9_]/u);
const DIGITS = ofPattern(/[0-9]/u);
const SPACES = ofPattern(/[\t-\r ]/u);
const HORIZONTAL = ofPattern(/[\t \u00a0]/u);
const VERTICAL = ofPattern(/[\n-\r\u0085]/u);

/** By the letter behind a backslash. */
export const SETS: Readonly<Record<string, ByteSet | undefined>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD_BYTES,
  W: complement(WORD_BYTES),
  s: SPACES,
  S: complement(SPACES),
  h: HORIZONTAL,
  H: complement(HORIZONTAL),
  v: VERTICAL,
  V: complement(VERTICAL),
  N: setOf((byte) => byte !== 10),
};

/** By their name in `[:…:]`. */
export const NAMED: Readonly<Record<string, ByteSet | undefined>> = {
  alpha: ofPattern(/[A-Za-z]/u),
  digit: DIGITS,
  alnum: ofPattern(/[A-Za-z0-9]/u),
  upper: ofPattern(/[A-Z]/u),
  lower: ofPattern(/[a-z]/u),
  space: SPACES,
  blank: ofPattern(/[\t ]/u),
  punct: ofPattern(/[!-/:-@[-`{-~]/u),
  print: ofPattern(/[ -~]/u),
  graph: ofPattern(/[!-~]/u),
  cntrl: setOf((byte) => byte < 32 || byte === 127),
  xdigit: ofPattern(/[0-9A-Fa-f]/u),
  word: WORD_BYTES,
};
