// What machines without iproute2 have: `route -n` and `netstat -rn` (net-tools lib/inet_gr.c INET_rprint_fib, BusyBox
// networking/route.c), `arp -an` and `arp -n` (net-tools arp.c).
import { UNKNOWN_PROTO, type Neighbour, type Route } from './facts.ts';

/**
 * `route -n` prints `*` for a device that is none: the kernel's blackhole or throw, which it does not tell apart
 * (net/ipv4/fib_trie.c fib_route_seq_show). It is taken for the blackhole that Calico makes, and this flag says so.
 */
export const MAYBE_THROW = 'maybe-throw';
/** The same of `!`: unreachable or prohibit (RTF_REJECT). */
export const MAYBE_PROHIBIT = 'maybe-prohibit';

const OCTETS = String.raw`(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})`;
// Destination Gateway Genmask Flags, three numbers, Iface. netstat's first number is the MSS.
const ROUTE = new RegExp(
  String.raw`^(?:${OCTETS}|default)\s+(\d{1,3}(?:\.\d{1,3}){3}|\*|-|_gateway)\s+(\d{1,3}(?:\.\d{1,3}){3})\s+([A-Z!]{1,10})\s+(\d{1,10}|-)\s+(\d{1,10}|-)\s+(\d{1,10}|-)\s+(\S{1,15})\s*$`,
);

/** Of the main table, IPv4. Lines that are no route are passed over. ECMP shows one next hop only. */
export function parseRouteTable(text: string): Route[] {
  const statistics = /^Destination\s.*\bMSS\b/m.test(text);
  return text.split('\n').flatMap((line) => routeLine(line, statistics) ?? []);
}

/** Null when the line is none, or holds what cannot be an address or a mask. */
export function routeLine(line: string, statistics = false): Route | null {
  const match = line.length > 200 ? null : ROUTE.exec(line);
  if (match === null) return null;
  const [, dst = '0.0.0.0', gateway = '', mask = '', flags = '', metric = '', , , device = ''] = match;
  const bits = maskLength(mask);
  if (bits === null || !isIpv4(dst)) return null;
  const via = flags.includes('G') ? gateway : null;
  // `_gateway` is what the resolver of systemd makes of the address that -n would have shown.
  if (via !== null && !isIpv4(via)) return null;
  const rejects = flags.includes('!');
  const absent = device === '*' || device === '-';
  return {
    dst: `${dst}/${bits}`,
    family: 4,
    type: rejects ? 'unreachable' : absent ? 'blackhole' : 'unicast',
    dev: absent ? null : device,
    via: rejects || absent ? null : via,
    proto: UNKNOWN_PROTO,
    scope: null,
    table: 'main',
    metric: statistics || metric === '-' ? 0 : Number(metric),
    prefsrc: null,
    flags: rejects ? [MAYBE_PROHIBIT] : absent ? [MAYBE_THROW] : [],
    nexthops: [],
  };
}

export function isIpv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split('.').every((octet) => Number(octet) < 256);
}

/** `255.255.0.0` → 16; null for one with holes. */
export function maskLength(mask: string): number | null {
  if (!isIpv4(mask)) return null;
  const bits = mask
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : null;
}

const MAC = String.raw`([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|<incomplete>|\(incomplete\))`;
// ? (10.12.0.1) at 00:50:56:00:00:01 [ether] on ens192
const ARP = new RegExp(
  String.raw`^\S{1,255} \(${OCTETS}\) at ${MAC}(?: \[\w+\])?((?: +[A-Z]+)*)\s+on (\S{1,15})\s*$`,
);
// 10.12.0.1   ether   00:50:56:00:00:01   C   ens192
const ARP_TABLE = new RegExp(String.raw`^${OCTETS}\s+(?:(\w+)\s+)?${MAC}(?:\s+([A-Z]+))?\s+(\S{1,15})\s*$`);

/** The kernel's states are not printed: PERM is PERMANENT, no address is INCOMPLETE, everything else is unknown. */
export function parseArp(text: string): Neighbour[] {
  return text.split('\n').flatMap((line) => arpLine(line) ?? []);
}

export function arpLine(line: string): Neighbour | null {
  if (line.length > 500) return null;
  const [, dst = '', mac = '', flags = '', dev = ''] = ARP.exec(line) ?? tableLine(line) ?? [];
  if (!isIpv4(dst)) return null;
  const known = !mac.includes('incomplete');
  return {
    dst,
    dev,
    mac: known ? mac.toLowerCase() : null,
    state: /PERM|M/.test(flags) ? 'PERMANENT' : known ? '' : 'INCOMPLETE',
  };
}

function tableLine(line: string): readonly string[] | null {
  const match = ARP_TABLE.exec(line);
  return match === null ? null : ['', match[1] ?? '', match[3] ?? '', match[4] ?? '', match[5] ?? ''];
}
