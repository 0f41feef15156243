// What application protocols, and tunnels whose inside nobody reads, say in one line.
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
  ...['quic', 'quic.long.packet_type', 'quic.long.packet_type_v2'],
  ...['http', 'ssdp', 'http.request.method', 'http.request.uri', 'http.request.version'],
  ...['http.response.version', 'http.response.code', 'http.response.phrase'],
  ...['dns', 'mdns', 'llmnr', 'dns.id', 'dns.flags.response', 'dns.flags.opcode', 'dns.flags.rcode'],
  ...['dns.qry.name', 'dns.qry.type', 'dns.count.answers'],
  ...['vxlan', 'vxlan.vni', 'geneve', 'geneve.vni', 'wg', 'wg.type'],
]);

/** Null: nobody here has more to say of it than its ports. */
export function messageSaying(segment: PacketSegment, row: number): Saying | null {
  const lines: string[] = [];
  let protocol: string | null = null;
  for (const message of decoder.messages(segment, row)) {
    const saying = SAYINGS[message.layer];
    const line = saying?.line(message) ?? null;
    if (saying === undefined || line === null) continue;
    protocol ??= saying.protocol;
    lines.push(message.whole || saying.isHead === true ? line : `${line} …`);
  }
  return protocol === null ? null : { protocol, summary: bounded(some(lines, '; ')) };
}

interface MessageLine {
  readonly protocol: string;
  /** Null: nothing that would be worth a line. */
  readonly line: (message: Message) => string | null;
  /** It is of the message's beginning alone: that the end is missing does not matter. */
  readonly isHead?: true;
}

const SAYINGS: Readonly<Partial<Record<string, MessageLine>>> = {
  bgp: { protocol: 'BGP', line: bgpLine },
  dns: { protocol: 'DNS', line: dnsLine },
  mdns: { protocol: 'MDNS', line: dnsLine },
  llmnr: { protocol: 'LLMNR', line: dnsLine },
  http: { protocol: 'HTTP', line: httpLine, isHead: true },
  ssdp: { protocol: 'SSDP', line: httpLine, isHead: true },
  dhcp: { protocol: 'DHCP', line: dhcpLine },
  dhcpv6: { protocol: 'DHCPv6', line: dhcpv6Line },
  sctp: { protocol: 'SCTP', line: sctpLine },
  tls: { protocol: 'TLS', line: tlsLine },
  quic: { protocol: 'QUIC', line: quicLine },
  vxlan: { protocol: 'VXLAN', line: (message) => pair('Network', saidOf(message, 'vxlan.vni')) },
  geneve: { protocol: 'Geneve', line: (message) => pair('Network', decimal(saidOf(message, 'geneve.vni'))) },
  wg: { protocol: 'WireGuard', line: (message) => saidOf(message, 'wg.type') },
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
      return spaced(['UPDATE', routes(message)]);
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
      return numbered('Type', type);
  }
}

function routes(message: Message): string | null {
  const named: string[] = [];
  let bits = '';
  for (const { name, text } of message.told) {
    if (name === 'bgp.prefix_length') bits = text;
    const sign = ROUTES[name];
    if (sign !== undefined) named.push(`${sign}${text}/${bits}`);
  }
  if (named.length > 0) return some(named, ' ');
  return message.whole ? 'without routes' : null;
}

function dnsLine(message: Message): string | null {
  const id = saidOf(message, 'dns.id');
  const operation = saidOf(message, 'dns.flags.opcode');
  if (id === null || operation === null) return null;
  const response = saidOf(message, 'dns.flags.response') === '1';
  const code = saidOf(message, 'dns.flags.rcode');
  const failure = code === null || code === 'No error' ? null : code;
  const answers = saidOf(message, 'dns.count.answers');
  return spaced([
    operation === 'Query' ? 'Standard query' : operation,
    response ? 'response' : null,
    id,
    failure,
    numbered('type', saidOf(message, 'dns.qry.type')),
    saidOf(message, 'dns.qry.name'),
    response && failure === null && answers !== null
      ? `(${answers} ${answers === '1' ? 'answer' : 'answers'})`
      : null,
  ]);
}

/** The first line; null: the segment begins within a header or a body, and has none. */
function httpLine(message: Message): string | null {
  const said = (...names: readonly string[]): string => spaced(names.map((name) => saidOf(message, name)));
  if (saidOf(message, 'http.request.method') !== null)
    return said('http.request.method', 'http.request.uri', 'http.request.version');
  return said('http.response.version', 'http.response.code', 'http.response.phrase') || null;
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
    numbered('Type', saidOf(message, 'dhcpv6.msgtype')),
    saidOf(message, 'dhcpv6.iaaddr.ip'),
    pair('transaction', saidOf(message, 'dhcpv6.xid')),
  ]);
}

function sctpLine(message: Message): string {
  const ports = `${saidOf(message, 'sctp.srcport') ?? ''} → ${saidOf(message, 'sctp.dstport') ?? ''}`;
  const chunks = message.told
    .filter(({ name }) => name === 'sctp.chunk_type')
    .map(({ text }) => numbered('chunk', text));
  return joined([spaced([ports, some(chunks, ' ')]), saidOf(message, 'sctp.cause_code')]);
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

/** What an opened packet's handshake says has a line of its own. */
function quicLine(message: Message): string | null {
  return saidOf(message, 'quic.long.packet_type') ?? saidOf(message, 'quic.long.packet_type_v2');
}

/** Of `0x001000`: Wireshark has it in hexadecimal, and VXLAN's, which is alike, not. */
function decimal(hexadecimal: string | null): string | null {
  return hexadecimal === null ? null : Number(hexadecimal).toString();
}

function pair(what: string, value: string | null, unit = ''): string | null {
  return value === null || value === '' ? null : `${what} ${value}${unit}`;
}

/** A number for which there is no word. */
function numbered<Text extends string | null>(what: string, text: Text): Text | string {
  return text !== null && /^\d+$/u.test(text) ? `${what} ${text}` : text;
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

function spaced(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(' ');
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
