// Addresses as the kernel prints them in hexadecimal, turned into the form that `ip` prints (RFC 5952 for IPv6).

/** 32 hexadecimal digits of /proc/net/if_inet6. */
export function ipv6FromHex(hex: string): string {
  const groups = Array.from({ length: 8 }, (_, at) => Number.parseInt(hex.slice(at * 4, at * 4 + 4), 16));
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at += 1) {
    let run = 0;
    while (at + run < 8 && groups[at + run] === 0) run += 1;
    if (run > length) {
      start = at;
      length = run;
    }
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (start < 0) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** Eight hexadecimal digits of /proc/net/route: host byte order of the (little-endian) node. */
export function ipv4FromLittleEndianHex(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

export function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function ipv4InPrefix(address: string, network: string, prefixLength: number): boolean {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(ipv4Number(address) / size) === Math.floor(ipv4Number(network) / size);
}

/** Nothing in it but what addresses are written with: it may stand on a command line. */
export function isAddressText(text: string): boolean {
  return /^[0-9a-fA-F.:]{2,45}$/.test(text);
}
