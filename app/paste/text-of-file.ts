// The text of a dropped or named file, whatever wrote it: UTF-8, UTF-16 of either end (PowerShell's > writes it, with a byte order mark or
// without), or what Windows uses where nobody chose: GB 18030 in China, code page 1252 in the west.

/** Enough to tell by. */
const SAMPLE = 8000;

/** Null for what is no text: a picture, an archive. */
export function textOfFile(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return decoded(bytes, 'utf-16le');
  if (first === 0xfe && second === 0xff) return decoded(bytes, 'utf-16be');
  const sample = bytes.subarray(0, SAMPLE);
  if (sample.includes(0)) {
    const wide = withoutMark(sample);
    return wide === null ? null : decoded(bytes, wide);
  }
  return decoded(bytes, 'utf-8', true) ?? decoded(bytes, 'gb18030', true) ?? decoded(bytes, 'windows-1252');
}

/** Commands print ASCII mostly: of UTF-16 every other byte is 0, and on one side alone. */
function withoutMark(sample: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  let even = 0;
  let odd = 0;
  for (let at = 0; at < sample.length; at += 1) {
    if (sample[at] !== 0) continue;
    if (at % 2 === 0) even += 1;
    else odd += 1;
  }
  const most = sample.length / 4;
  if (odd > most && even === 0) return 'utf-16le';
  return even > most && odd === 0 ? 'utf-16be' : null;
}

/** Null where it is `fatal` and the bytes are not of this encoding, or the platform does not know it. */
function decoded(bytes: Uint8Array, encoding: string, fatal = false): string | null {
  try {
    return new TextDecoder(encoding, { fatal }).decode(bytes);
  } catch {
    return null;
  }
}
