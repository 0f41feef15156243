// ARP for IPv4 over Ethernet (RFC 826): who has which address. Sender and target IP become source and destination.
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

export const ARP_BYTES = 28;
/** As far as the operation: what addresses it is about. */
const KIND_BYTES = 8;

export function dissectArp(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  if (at + KIND_BYTES > headers.end) return headers.cut(at + KIND_BYTES);
  // Protocol IPv4, hardware addresses of six bytes, protocol addresses of four; what else ARP can carry is left alone.
  if (u16(bytes, at + 2) !== 0x0800 || u8(bytes, at + 4) !== 6 || u8(bytes, at + 5) !== 4) {
    headers.layers |= Layer.arp;
    return Step.done;
  }
  if (at + ARP_BYTES > headers.end) return headers.cut(at + ARP_BYTES);
  headers.layers |= Layer.arp;
  headers.beginFlow(0, AddressKind.ipv4, at + 14, at + 24);
  headers.transportAt = at;
  return Step.done;
}
