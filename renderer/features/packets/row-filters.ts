// What a packet's row can be filtered by, and how a filter grows by one more condition. Pure.
import type { PacketRow } from '../../../app/contract/watch.ts';

export interface RowFilter {
  readonly what: 'source' | 'destination' | 'sourcePort' | 'destinationPort' | 'conversation' | 'protocol';
  /** What it is about, for a menu: `192.168.1.2`, `8080`. */
  readonly about: string;
  /** A display filter. */
  readonly filter: string;
}

export type Combining = 'only' | 'not' | 'and' | 'and-not' | 'or';

/** A filter and one more condition. */
export function combined(current: string, next: string, how: Combining): string {
  const before = current.trim();
  switch (how) {
    case 'only':
      return next;
    case 'not':
      return `!${grouped(next, true)}`;
    case 'and':
      return before === '' ? next : `${grouped(before)} && ${grouped(next)}`;
    case 'and-not':
      return before === '' ? `!${grouped(next, true)}` : `${grouped(before)} && !${grouped(next, true)}`;
    case 'or':
      return before === '' ? next : `${grouped(before)} || ${grouped(next)}`;
  }
}

/** In parentheses, unless it is one test. A string may hold any operator: parentheses too many do no harm. */
function grouped(filter: string, always = false): string {
  const several = /&&|\|\||\^\^|\b(?:and|or|xor)\b/u.test(filter) || filter.startsWith('!');
  return several || (always && filter.includes(' ')) ? `(${filter})` : filter;
}

/** Fields that hold an address, by which end it is at. */
function addressFields(row: PacketRow, address: string): { src: string; dst: string; either: string } {
  if (row.protocol === 'ARP')
    return { src: 'arp.src.proto_ipv4', dst: 'arp.dst.proto_ipv4', either: 'arp.src.proto_ipv4' };
  if (!address.includes(':')) return { src: 'ip.src', dst: 'ip.dst', either: 'ip.addr' };
  if (/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/u.test(address))
    return { src: 'eth.src', dst: 'eth.dst', either: 'eth.addr' };
  return { src: 'ipv6.src', dst: 'ipv6.dst', either: 'ipv6.addr' };
}

export function rowFilters(row: PacketRow): RowFilter[] {
  const { source, destination, transport } = row;
  const found: RowFilter[] = [];
  if (source.address !== '') {
    const { src } = addressFields(row, source.address);
    found.push({ what: 'source', about: endText(source), filter: `${src} == ${source.address}` });
  }
  if (destination.address !== '') {
    const { dst } = addressFields(row, destination.address);
    found.push({
      what: 'destination',
      about: endText(destination),
      filter: `${dst} == ${destination.address}`,
    });
  }
  if (transport !== null && source.port !== null && destination.port !== null) {
    found.push(
      { what: 'sourcePort', about: String(source.port), filter: `${transport}.port == ${source.port}` },
      {
        what: 'destinationPort',
        about: String(destination.port),
        filter: `${transport}.port == ${destination.port}`,
      },
    );
  }
  const conversation = conversationFilter(row);
  if (conversation !== null) found.push({ what: 'conversation', about: '', filter: conversation });
  const protocol = PROTOCOL_FILTERS[row.protocol];
  if (protocol !== undefined) found.push({ what: 'protocol', about: row.protocol, filter: protocol });
  return found;
}

function endText({ name, address }: PacketRow['source']): string {
  return name === null ? address : `${name} ${address}`;
}

/** Both ways between the two ends. */
function conversationFilter(row: PacketRow): string | null {
  const { source, destination, transport } = row;
  if (source.address === '' || destination.address === '') return null;
  const { either } = addressFields(row, source.address);
  const ends = `${either} == ${source.address} && ${either} == ${destination.address}`;
  if (row.protocol === 'ARP')
    return `arp && arp.src.proto_ipv4 in {${source.address}, ${destination.address}} && arp.dst.proto_ipv4 in {${source.address}, ${destination.address}}`;
  if (transport === null || source.port === null || destination.port === null) return ends;
  return `${ends} && ${transport}.port == ${source.port} && ${transport}.port == ${destination.port}`;
}

/** Names of the protocol column that are fields as well. */
const PROTOCOL_FILTERS: Readonly<Partial<Record<string, string>>> = {
  ARP: 'arp',
  BGP: 'bgp',
  DHCP: 'dhcp',
  DNS: 'dns',
  GENEVE: 'geneve',
  Geneve: 'geneve',
  GRE: 'gre',
  HTTP: 'http',
  ICMP: 'icmp',
  ICMPv6: 'icmpv6',
  MDNS: 'mdns',
  SCTP: 'sctp',
  TCP: 'tcp',
  TLS: 'tls',
  UDP: 'udp',
  VXLAN: 'vxlan',
  WireGuard: 'wg',
};
