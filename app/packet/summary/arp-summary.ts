// ARP (RFC 826) in one line.
import { macText } from '../address.ts';
import { ARP_BYTES } from '../columns/arp.ts';
import { u16, u8 } from '../bytes.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import type { Saying } from './saying.ts';

const REQUEST = 1;
const REPLY = 2;

export function arpSaying(segment: PacketSegment, row: number, raw: Uint8Array): Saying {
  const sender = segment.address(segment.source[row] ?? 0);
  const target = segment.address(segment.destination[row] ?? 0);
  const header = segment.transportOffset[row] ?? 0;
  // Another kind has the link's addresses.
  if (
    header + ARP_BYTES > raw.length ||
    u16(raw, header + 2) !== 0x0800 ||
    u8(raw, header + 4) !== 6 ||
    u8(raw, header + 5) !== 4
  )
    return { protocol: 'ARP', summary: 'ARP of another kind than IPv4 over Ethernet' };
  const operation = u16(raw, header + 6);
  if (operation === REPLY) return { protocol: 'ARP', summary: `${sender} is at ${macText(raw, header + 8)}` };
  if (operation !== REQUEST) return { protocol: 'ARP', summary: `Operation ${operation}` };
  if (sender === target) return { protocol: 'ARP', summary: `Announcement of ${sender}` };
  if (sender === '0.0.0.0') return { protocol: 'ARP', summary: `Who has ${target}? (probe)` };
  return { protocol: 'ARP', summary: `Who has ${target}? Tell ${sender}` };
}
