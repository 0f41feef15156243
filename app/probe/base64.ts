// RFC 4648 §4, as Go's JSON writes bytes.

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Null for what is not base64. */
export function base64Bytes(text: string): Uint8Array | null {
  const data = text.replace(/={1,2}$/, '');
  if (text.length % 4 !== 0 || data.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((data.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let held = 0;
  for (const digit of data) {
    const value = digits.indexOf(digit);
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  return bytes;
}
