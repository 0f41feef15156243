// SHA-1 (FIPS 180-4 §6.1), for names that others made with it: Calico's interface names and our own short ids.
// Not for security. `app` has no crypto of its own, and this is smaller than a dependency.

/** 40 hexadecimal digits of the UTF-8 bytes of `text`. */
export function sha1Hex(text: string): string {
  const message = new TextEncoder().encode(text);
  const length = Math.ceil((message.length + 9) / 64) * 64;
  const padded = new DataView(new ArrayBuffer(length));
  message.forEach((byte, at) => {
    padded.setUint8(at, byte);
  });
  padded.setUint8(message.length, 0x80);
  // Texts over 512 MiB would need the upper half of the length.
  padded.setUint32(length - 4, message.length * 8);

  let [h0, h1, h2, h3, h4] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const schedule = new Uint32Array(80);
  const word = (at: number): number => schedule[at] ?? 0;
  for (let block = 0; block < length; block += 64) {
    for (let t = 0; t < 16; t += 1) schedule[t] = padded.getUint32(block + t * 4);
    for (let t = 16; t < 80; t += 1)
      schedule[t] = rotate(word(t - 3) ^ word(t - 8) ^ word(t - 14) ^ word(t - 16), 1);
    let [a, b, c, d, e] = [h0, h1, h2, h3, h4];
    for (let t = 0; t < 80; t += 1) {
      const [mixed, constant] =
        t < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : t < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : t < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6];
      const next = (rotate(a, 5) + mixed + e + constant + word(t)) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
    }
    [h0, h1, h2, h3, h4] = [(h0 + a) | 0, (h1 + b) | 0, (h2 + c) | 0, (h3 + d) | 0, (h4 + e) | 0];
  }
  return [h0, h1, h2, h3, h4].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
