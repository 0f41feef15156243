// Addresses of packets as text: IPv4 dotted, IPv6 as inet_ntop(3) prints it, MAC with colons.

/** First byte of an entry in a segment's address table. */
export const AddressKind = { ipv4: 4, ipv6: 6, mac: 48 } as const;

export function addressLength(kind: number): number {
  if (kind === AddressKind.ipv4) return 4;
  return kind === AddressKind.ipv6 ? 16 : 6;
}

/** @param at where the address begins in `bytes`, which hold it whole. */
export function addressText(kind: number, bytes: Uint8Array, at: number): string {
  if (kind === AddressKind.ipv4) return ipv4Text(bytes, at);
  if (kind === AddressKind.ipv6) return ipv6Text(bytes, at);
  return macText(bytes, at);
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${byte(bytes, at)}.${byte(bytes, at + 1)}.${byte(bytes, at + 2)}.${byte(bytes, at + 3)}`;
}

export function macText(bytes: Uint8Array, at: number): string {
  const digits = (index: number): string =>
    byte(bytes, at + index)
      .toString(16)
      .padStart(2, '0');
  return `${digits(0)}:${digits(1)}:${digits(2)}:${digits(3)}:${digits(4)}:${digits(5)}`;
}

/** Null for what is no MAC address. */
export function macBytes(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/iu.test(text)) return null;
  return Uint8Array.from(text.split(':'), (digits) => Number.parseInt(digits, 16));
}

export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push((byte(bytes, at + index) << 8) | byte(bytes, at + index + 1));
  }
  let start = -1;
  let length = 1;
  for (let from = 0; from < 8; from += 1) {
    let run = 0;
    while (from + run < 8 && groups[from + run] === 0) run += 1;
    if (run > length) {
      start = from;
      length = run;
    }
  }
  // ::a.b.c.d and ::ffff:a.b.c.d keep their IPv4 form.
  const tail = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (tail) return `::${length === 5 ? 'ffff:' : ''}${ipv4Text(bytes, at + 12)}`;
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
