// A UDP datagram in one line; of DNS (RFC 1035) the question, of VXLAN (RFC 7348) the network.
import { plainText } from '../../plain-text.ts';
import { u16, u8 } from '../bytes.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { messageSaying } from './message-lines.ts';
import type { Saying } from './saying.ts';

const DNS_PORT = 53;
const MDNS_PORT = 5353;
const VXLAN_PORT = 4789;
/** A name has at most 255 bytes, so no more labels. */
const MAX_LABELS = 128;

const QUERY_TYPES: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  65: 'HTTPS',
  255: 'ANY',
};
const RESPONSE_CODES: Readonly<Record<number, string>> = {
  1: 'Format error',
  2: 'Server failure',
  3: 'No such name',
  4: 'Not implemented',
  5: 'Refused',
};

export function udpSaying(segment: PacketSegment, row: number, raw: Uint8Array): Saying {
  const at = segment.payloadOffset(row);
  const source = segment.sourcePort[row] ?? 0;
  const destination = segment.destinationPort[row] ?? 0;
  const has = (port: number): boolean => source === port || destination === port;
  if (has(DNS_PORT) || has(MDNS_PORT)) {
    const summary = dnsLine(raw, at);
    if (summary !== null) return { protocol: has(MDNS_PORT) ? 'MDNS' : 'DNS', summary };
  }
  const line = `${source} → ${destination} Len=${segment.payloadLength[row] ?? 0}`;
  if (destination === VXLAN_PORT && at + 8 <= raw.length && (u8(raw, at) & 8) !== 0) {
    const network = (u16(raw, at + 4) << 8) | u8(raw, at + 6);
    return { protocol: 'VXLAN', summary: `Network ${network}: ${line}` };
  }
  return messageSaying(segment, row) ?? { protocol: 'UDP', summary: line };
}

function dnsLine(raw: Uint8Array, at: number): string | null {
  if (at + 12 > raw.length) return null;
  const flags = u16(raw, at + 2);
  const response = flags >> 15 === 1;
  const answers = u16(raw, at + 6);
  const kind = `Standard query${response ? ' response' : ''} 0x${u16(raw, at).toString(16).padStart(4, '0')}`;
  const code = response ? (RESPONSE_CODES[flags & 15] ?? '') : '';
  const question = u16(raw, at + 4) === 0 ? null : dnsQuestion(raw, at + 12);
  const parts = [kind, code, question ?? '', response && code === '' ? `(${answers} answers)` : ''];
  return ((flags >> 11) & 15) === 0 ? parts.filter((part) => part !== '').join(' ') : null;
}

/** Questions come first and point nowhere; a name that is cut or points is left out. */
function dnsQuestion(raw: Uint8Array, start: number): string | null {
  const labels: string[] = [];
  let at = start;
  for (let count = 0; count < MAX_LABELS && at < raw.length; count += 1) {
    const length = u8(raw, at);
    at += 1;
    if (length === 0) {
      if (at + 2 > raw.length) return null;
      const type = u16(raw, at);
      return `${QUERY_TYPES[type] ?? `type ${type}`} ${labels.length === 0 ? '<Root>' : plainText(labels.join('.'))}`;
    }
    if (length > 63 || at + length > raw.length) return null;
    labels.push(String.fromCharCode(...raw.subarray(at, at + length)));
    at += length;
  }
  return null;
}
