// ARP for IPv4 over Ethernet (RFC 826): who has which address. Sender and target IP become source and destination.
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

export const ARP_BYTES = 28;

export function dissectArp(writer: SegmentWriter, at: number, end: number): void {
  const { segment, row, heap } = writer;
  if (at + ARP_BYTES > end) {
    writer.truncated(end);
    return;
  }
  writer.headerEnds(at + ARP_BYTES);
  // Protocol IPv4, hardware addresses of six bytes, protocol addresses of four; what else ARP can carry is left alone.
  if (u16(heap, at + 2) !== 0x0800 || u8(heap, at + 4) !== 6 || u8(heap, at + 5) !== 4) return;
  segment.source[row] = writer.intern(AddressKind.ipv4, at + 14);
  segment.destination[row] = writer.intern(AddressKind.ipv4, at + 24);
}
