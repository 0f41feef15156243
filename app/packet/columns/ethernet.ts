// Ethernet II and IEEE 802.3 (LINKTYPE_ETHERNET): two MAC addresses, then EtherType or length.
import { AddressKind } from '../address.ts';
import { u16 } from '../bytes.ts';
import { dissectEtherType } from './ether-type.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

const HEADER_BYTES = 14;

export function dissectEthernet(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row } = writer;
  if (at + HEADER_BYTES > end) {
    writer.truncated(end);
    return;
  }
  const known = dissectEtherType(
    writer,
    u16(writer.heap, at + 12),
    at + HEADER_BYTES,
    end,
    wireLength - HEADER_BYTES,
  );
  if (known) return;
  segment.destination[row] = writer.intern(AddressKind.mac, at);
  segment.source[row] = writer.intern(AddressKind.mac, at + 6);
}
