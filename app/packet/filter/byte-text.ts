// Text as bytes, a character a byte: what a filter says of text holds for its UTF-8 bytes, as in Wireshark.

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** UTF-8 bytes as characters up to U+00FF. */
export function byteText(text: string): string {
  return /^[\x00-\x7f]*$/u.test(text) ? text : charactersOf(encoder.encode(text));
}

/** Back: what is no UTF-8 becomes U+FFFD, as where packets are read. */
export function textOfBytes(bytes: string): string {
  return /^[\x00-\x7f]*$/u.test(bytes) ? bytes : decoder.decode(bytesOf(bytes));
}

export function bytesOf(bytes: string): Uint8Array {
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}

export function charactersOf(bytes: Uint8Array): string {
  let text = '';
  // No more arguments than every engine takes.
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}
