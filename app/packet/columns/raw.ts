// LINKTYPE_RAW: an IP packet without a link header; its version says which.
import { u8 } from '../bytes.ts';
import { dissectIpv4 } from './ipv4.ts';
import { dissectIpv6 } from './ipv6.ts';
import { Mark } from '../store/packet-segment.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';

export function dissectRaw(writer: SegmentWriter, at: number, end: number, wireLength: number): void {
  if (at >= end) {
    writer.truncated(end);
    return;
  }
  const version = u8(writer.heap, at) >> 4;
  if (version === 4) dissectIpv4(writer, at, end, wireLength);
  else if (version === 6) dissectIpv6(writer, at, end, wireLength);
  else writer.mark(Mark.broken);
}
