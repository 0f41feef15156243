// What an EtherType announces (IEEE 802; VLAN tags: IEEE 802.1Q).
import { u16 } from '../bytes.ts';
import { Mark } from '../store/packet-segment.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { dissectArp } from './arp.ts';
import { dissectIpv4 } from './ipv4.ts';
import { dissectIpv6 } from './ipv6.ts';

export const EtherType = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;

const CUSTOMER_TAG = 0x8100;
const SERVICE_TAG = 0x88a8;
const OLD_SERVICE_TAG = 0x9100;
/** Two are usual, more are somebody's joke. */
const MAX_TAGS = 4;
const TAG_BYTES = 4;

/** False when the payload gives the packet no addresses: then the link's own stand in. */
export function dissectEtherType(
  writer: SegmentWriter,
  first: number,
  start: number,
  end: number,
  wireLength: number,
): boolean {
  const { segment, row, heap } = writer;
  let type = first;
  let at = start;
  for (let tags = 0; type === CUSTOMER_TAG || type === SERVICE_TAG || type === OLD_SERVICE_TAG; tags += 1) {
    if (tags === MAX_TAGS || at + TAG_BYTES > end) {
      segment.etherType[row] = type;
      if (tags === MAX_TAGS) writer.mark(Mark.broken);
      else writer.truncated(end);
      return false;
    }
    type = u16(heap, at + 2);
    at += TAG_BYTES;
  }
  segment.etherType[row] = type;
  writer.headerEnds(at);
  const left = wireLength - (at - start);
  if (type === EtherType.ipv4) dissectIpv4(writer, at, end, left);
  else if (type === EtherType.ipv6) dissectIpv6(writer, at, end, left);
  else if (type === EtherType.arp) dissectArp(writer, at, end);
  return segment.source[row] !== 0;
}
