// ARP for IPv4 over Ethernet (RFC 826): who has which address. Sender and target IP become source and destination.
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

export const ARP_BYTES = 28;

export function dissectArp(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  if (at + ARP_BYTES > writer.end) return writer.cut(at + ARP_BYTES);
  writer.layers |= Layer.arp;
  // Protocol IPv4, hardware addresses of six bytes, protocol addresses of four; what else ARP can carry is left alone.
  if (u16(heap, at + 2) !== 0x0800 || u8(heap, at + 4) !== 6 || u8(heap, at + 5) !== 4) return Step.done;
  writer.beginFlow(0, AddressKind.ipv4, at + 14, at + 24);
  writer.transportAt = at;
  return Step.done;
}
