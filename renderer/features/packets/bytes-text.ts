// Bytes as people read them: an offset, hexadecimal digits, and what of them is ASCII. Pure.

export function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** What is not printable ASCII is a dot. */
export function asciiSign(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}

export function offsetText(at: number, size: number): string {
  return at.toString(16).padStart(size > 0x1_0000 ? 5 : 4, '0');
}

/** Bytes without a space between, for other tools. */
export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join('');
}

/** As `xxd` and `text2pcap` read and write it, 16 bytes a line. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const digits = Array.from(row, hexByte).join(' ').padEnd(47);
    const signs = Array.from(row, (byte) => asciiSign(byte).replace('·', '.')).join('');
    lines.push(`${offsetText(at, bytes.length)}  ${digits}  ${signs}`);
  }
  return lines.join('\n');
}
