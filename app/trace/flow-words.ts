// A packet in words, and as routes and `ip route get` look at it.
import { addressText, isUnspecified, type Address } from '../route/address.ts';
import type { Flow } from '../route/flow.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';
import { commandIn } from './walk.ts';

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMP6 = 58;
/** Of TCP's flags. */
export const ACK = 0x10;

const NAMES: Readonly<Record<number, string>> = {
  [ICMP]: 'icmp',
  [TCP]: 'tcp',
  [UDP]: 'udp',
  [ICMP6]: 'icmp6',
  4: 'ipip',
  41: 'ipv6',
  47: 'gre',
  132: 'sctp',
};

export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `protocol ${protocol}`;
}

/** `10.96.0.10:53`, `[fd00::1]:53`; without the port where there is none. */
export function endText(address: Address, port: number): string {
  const text = addressText(address);
  if (port === 0) return text;
  return address.family === 6 ? `[${text}]:${port}` : `${text}:${port}`;
}

/** `tcp 192.168.1.2:40000 → 192.168.2.3:8080`. */
export function packetText({ protocol, src, sport, dst, dport }: TracedPacket): string {
  return `${protocolName(protocol)} ${endText(src, sport)} → ${endText(dst, dport)}`;
}

/** What a translation changed; null: nothing. */
export function rewroteText(before: TracedPacket, after: TracedPacket): string | null {
  const changes = [
    ['destination', endText(before.dst, before.dport), endText(after.dst, after.dport)],
    ['source', endText(before.src, before.sport), endText(after.src, after.sport)],
    ['mark', hex(before.mark), hex(after.mark)],
  ] as const;
  const said = changes.flatMap(([what, from, to]) => (from === to ? [] : [`${what} ${from} → ${to}`]));
  return said.length === 0 ? null : said.join(', ');
}

function hex(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`;
}

export function flowOfPacket(packet: TracedPacket, iif: string | null): Flow {
  const { dst, src, mark, routeMark, tos, protocol, sport, dport } = packet;
  const isIcmp = protocol === ICMP || protocol === ICMP6;
  return {
    dst,
    src: iif === null && isUnspecified(src) ? null : src,
    iif,
    oif: null,
    mark: iif === null ? (routeMark ?? mark) : mark,
    tos,
    ipproto: protocol,
    sport: isIcmp ? 0 : sport,
    dport: isIcmp ? 0 : dport,
    uid: 0,
  };
}

/** `ip route get 192.168.2.3 from 192.168.1.2 iif cali1 mark 0x10000 ipproto tcp sport 40000 dport 8080`. */
export function routeGet(
  at: TracedNamespace,
  { dst, src, iif, mark, tos, ipproto, sport, dport }: Flow,
): string {
  const words: (string | number)[] = [
    'ip',
    ...(dst.family === 6 ? ['-6'] : []),
    'route',
    'get',
    addressText(dst),
  ];
  if (src !== null && !isUnspecified(src)) words.push('from', addressText(src));
  if (iif !== null) words.push('iif', iif);
  if (mark !== 0) words.push('mark', hex(mark));
  if (tos !== 0) words.push('tos', `0x${tos.toString(16)}`);
  const named = ipproto === TCP ? 'tcp' : ipproto === UDP ? 'udp' : null;
  if (named !== null) {
    words.push('ipproto', named);
    if (sport !== 0) words.push('sport', sport);
    if (dport !== 0) words.push('dport', dport);
  }
  return commandIn(at, ...words);
}
