// IPv6 and its extension headers (RFC 8200; authentication header: RFC 4302).
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Mark } from '../store/packet-segment.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { dissectTransport } from './transport.ts';

const HEADER_BYTES = 40;
/** RFC 8200 §4.1 knows seven; whoever sends more wants us to be busy. */
const MAX_EXTENSIONS = 10;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;

export function dissectIpv6(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  const { segment, row, heap } = writer;
  segment.etherType[row] = 0x86dd;
  if (at + HEADER_BYTES > end) {
    writer.truncated(end);
    return;
  }
  if (u8(heap, at) >> 4 !== 6) {
    writer.mark(Mark.broken);
    return;
  }
  segment.family[row] = 6;
  segment.source[row] = writer.intern(AddressKind.ipv6, at + 8);
  segment.destination[row] = writer.intern(AddressKind.ipv6, at + 24);
  // 0: a jumbogram, as segmentation offload makes them beyond 64 KiB.
  const payloadLength = u16(heap, at + 4) || Math.max(0, wireLength - HEADER_BYTES);
  dissectNext(writer, u8(heap, at + 6), at + HEADER_BYTES, end, payloadLength);
}

function dissectNext(
  writer: SegmentWriter,
  first: number,
  start: number,
  captureEnd: number,
  payloadLength: number,
): void {
  const { segment, row, heap } = writer;
  const packetEnd = Math.min(captureEnd, start + payloadLength);
  let next = first;
  let at = start;
  for (let count = 0; isExtension(next); count += 1) {
    segment.protocol[row] = next;
    if (at + 8 > packetEnd) {
      if (at + 8 > start + payloadLength) writer.mark(Mark.broken);
      else writer.truncated(packetEnd);
      return;
    }
    if (count === MAX_EXTENSIONS) {
      writer.mark(Mark.broken);
      return;
    }
    const header = next;
    next = u8(heap, at);
    if (header === FRAGMENT) {
      const fragment = u16(heap, at + 2);
      if (fragment >> 3 !== 0) {
        segment.protocol[row] = next;
        writer.headerEnds(at + 8);
        writer.mark(Mark.laterFragment);
        return;
      }
      if ((fragment & 1) !== 0) writer.mark(Mark.firstFragment);
      at += 8;
    } else if (header === AUTHENTICATION) {
      at += (u8(heap, at + 1) + 2) * 4;
    } else {
      at += (u8(heap, at + 1) + 1) * 8;
    }
  }
  segment.protocol[row] = next;
  if (at > packetEnd) {
    if (at > start + payloadLength) writer.mark(Mark.broken);
    else writer.truncated(packetEnd);
    return;
  }
  writer.headerEnds(at);
  dissectTransport(writer, next, at, packetEnd, payloadLength - (at - start));
}

function isExtension(protocol: number): boolean {
  return (
    protocol === HOP_BY_HOP ||
    protocol === ROUTING ||
    protocol === FRAGMENT ||
    protocol === AUTHENTICATION ||
    protocol === DESTINATION_OPTIONS ||
    protocol === MOBILITY
  );
}
