// What application protocols say in one line: BGP, DHCP, TLS and SCTP's chunks.
import { plainText } from '../../plain-text.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { PacketDecoder, saidOf, type Message } from './decoded-packet.ts';
import type { Saying } from './saying.ts';

const ROUTES: Readonly<Partial<Record<string, '+' | '−'>>> = {
  'bgp.nlri_prefix': '+',
  'bgp.mp_reach_nlri_ipv4_prefix': '+',
  'bgp.mp_reach_nlri_ipv6_prefix': '+',
  'bgp.withdrawn_prefix': '−',
  'bgp.mp_unreach_nlri_ipv4_prefix': '−',
  'bgp.mp_unreach_nlri_ipv6_prefix': '−',
};
const BGP_REASONS = ['_open', '_update', '_state', '_cease', '_expired', ''].map(
  (which) => `bgp.notify.minor_error${which}`,
);
/** A line of a table names so many routes, chunks or messages, and counts the rest. */
const MOST_NAMED = 4;
const MAX_LINE = 200;

const decoder = new PacketDecoder([
  ...['bgp', 'bgp.continuation', 'bgp.type', 'bgp.open.myas', 'bgp.open.holdtime', 'bgp.cap.4as'],
  ...['bgp.notify.major_error', ...BGP_REASONS, 'bgp.notify.communication', 'bgp.prefix_length'],
  ...Object.keys(ROUTES),
  ...['dhcp', 'dhcp.type', 'dhcp.ip.your', 'dhcp.hw.mac_addr', 'dhcp.option.dhcp', 'dhcp.option.message'],
  ...['dhcp.option.requested_ip_address', 'dhcp.option.dhcp_server_id', 'dhcp.option.hostname'],
  ...['dhcpv6', 'dhcpv6.msgtype', 'dhcpv6.xid', 'dhcpv6.iaaddr.ip'],
  ...['sctp.srcport', 'sctp.dstport', 'sctp.chunk_type', 'sctp.cause_code'],
  ...['tls', 'tls.handshake.type', 'tls.handshake.extensions_server_name', 'tls.alert_message.desc'],
]);

/** Null: nobody here has more to say of it than its ports. */
export function messageSaying(segment: PacketSegment, row: number): Saying | null {
  const messages = decoder.messages(segment, row);
  const layer = messages.at(-1)?.layer;
  const saying = layer === undefined ? undefined : SAYINGS[layer];
  if (saying === undefined) return null;
  const lines = messages.filter((message) => message.layer === layer).map(saying.line);
  const known = lines.filter((line) => line !== null);
  if (known.length === 0) return null;
  return { protocol: saying.protocol, summary: bounded(some(known, '; ')) };
}

interface MessageLine {
  readonly protocol: string;
  /** Null: nothing that would be worth a line. */
  readonly line: (message: Message) => string | null;
}

const SAYINGS: Readonly<Partial<Record<string, MessageLine>>> = {
  bgp: { protocol: 'BGP', line: bgpLine },
  dhcp: { protocol: 'DHCP', line: dhcpLine },
  dhcpv6: { protocol: 'DHCPv6', line: dhcpv6Line },
  sctp: { protocol: 'SCTP', line: sctpLine },
  tls: { protocol: 'TLS', line: tlsLine },
};

function bgpLine(message: Message): string | null {
  const type = saidOf(message, 'bgp.type');
  switch (type) {
    case null:
      return saidOf(message, 'bgp.continuation') === null ? null : 'Rest of a message that began before';
    case 'OPEN': {
      const as = saidOf(message, 'bgp.cap.4as') ?? saidOf(message, 'bgp.open.myas');
      return joined([
        'OPEN',
        as && `AS ${as}`,
        pair('hold time', saidOf(message, 'bgp.open.holdtime'), ' s'),
      ]);
    }
    case 'UPDATE':
      return `UPDATE ${routes(message)}`;
    case 'NOTIFICATION': {
      const error = saidOf(message, 'bgp.notify.major_error');
      const reason = BGP_REASONS.map((name) => saidOf(message, name)).find(
        (said) => said !== null && !/^\d+$/u.test(said),
      );
      const words = saidOf(message, 'bgp.notify.communication');
      const why = [error, reason].filter((part) => part !== null && part !== undefined).join(': ');
      return `NOTIFICATION ${why}${words === null || words === '' ? '' : ` “${words}”`}`;
    }
    default:
      return type;
  }
}

function routes(message: Message): string {
  const named: string[] = [];
  let bits = '';
  for (const { name, text } of message.told) {
    if (name === 'bgp.prefix_length') bits = text;
    const sign = ROUTES[name];
    if (sign !== undefined) named.push(`${sign}${text}/${bits}`);
  }
  return named.length === 0 ? 'without routes' : some(named, ' ');
}

function dhcpLine(message: Message): string {
  const type = saidOf(message, 'dhcp.option.dhcp') ?? `BOOTP ${saidOf(message, 'dhcp.type') ?? ''}`;
  const yours = saidOf(message, 'dhcp.ip.your');
  return joined([
    type,
    yours === '0.0.0.0' ? null : yours,
    pair('wants', saidOf(message, 'dhcp.option.requested_ip_address')),
    pair('client', saidOf(message, 'dhcp.hw.mac_addr')),
    pair('host', saidOf(message, 'dhcp.option.hostname')),
    pair('server', saidOf(message, 'dhcp.option.dhcp_server_id')),
    saidOf(message, 'dhcp.option.message'),
  ]);
}

function dhcpv6Line(message: Message): string {
  return joined([
    saidOf(message, 'dhcpv6.msgtype'),
    saidOf(message, 'dhcpv6.iaaddr.ip'),
    pair('transaction', saidOf(message, 'dhcpv6.xid')),
  ]);
}

function sctpLine(message: Message): string {
  const ports = `${saidOf(message, 'sctp.srcport') ?? ''} → ${saidOf(message, 'sctp.dstport') ?? ''}`;
  const chunks = message.told.filter(({ name }) => name === 'sctp.chunk_type').map(({ text }) => text);
  return joined([`${ports} ${some(chunks, ' ')}`, saidOf(message, 'sctp.cause_code')]);
}

function tlsLine(message: Message): string | null {
  const types = message.told.filter(({ name }) => name === 'tls.handshake.type').map(({ text }) => text);
  const alert = saidOf(message, 'tls.alert_message.desc');
  if (types.length === 0 && alert === null) return null;
  return joined([
    types.length === 0 ? null : some(types, ', '),
    pair('for', saidOf(message, 'tls.handshake.extensions_server_name')),
    pair('Alert:', alert),
  ]);
}

function pair(what: string, value: string | null, unit = ''): string | null {
  return value === null || value === '' ? null : `${what} ${value}${unit}`;
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

function some(parts: readonly string[], between: string): string {
  const more = parts.length - MOST_NAMED;
  const named = parts.slice(0, MOST_NAMED).join(between);
  return more > 0 ? `${named}${between.trimEnd()} and ${more.toString()} more` : named;
}

function bounded(line: string): string {
  const plain = plainText(line);
  return plain.length > MAX_LINE ? `${plain.slice(0, MAX_LINE)}…` : plain;
}
