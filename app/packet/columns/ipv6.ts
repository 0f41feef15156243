// IPv6 and its extension headers (RFC 8200; authentication header: RFC 4302).
import { AddressKind } from '../address.ts';
import { u16, u8 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfIpProtocol } from './ip-protocol.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 40;
/** RFC 8200 §4.1 knows seven; whoever sends more wants us to be busy. */
const MAX_EXTENSIONS = 10;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;

export function dissectIpv6(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + HEADER_BYTES;
  if (start > writer.end) return writer.cut(start);
  if (u8(heap, at) >> 4 !== 6) return writer.broken();
  writer.layers |= Layer.ipv6;
  writer.beginFlow(6, AddressKind.ipv6, at + 8, at + 24);
  // 0: a jumbogram, as segmentation offload makes them beyond 64 KiB.
  const payloadLength = u16(heap, at + 4);
  if (payloadLength !== 0) writer.limit(start + payloadLength);
  writer.advanceToTransport(start);
  return dissectExtensions(writer, u8(heap, at + 6));
}

function dissectExtensions(writer: SegmentWriter, first: number): Step {
  const { heap } = writer;
  let next = first;
  for (let count = 0; isExtension(next); count += 1) {
    const { at } = writer;
    writer.protocol = next;
    if (at + 8 > writer.end) return writer.cut(at + 8);
    if (count === MAX_EXTENSIONS) return writer.broken();
    const header = next;
    next = u8(heap, at);
    let length = (u8(heap, at + 1) + 1) * 8;
    if (header === FRAGMENT) {
      length = 8;
      const fragment = u16(heap, at + 2);
      if (fragment >> 3 !== 0) {
        writer.protocol = next;
        writer.advanceToTransport(at + length);
        writer.marks |= Mark.laterFragment;
        return Step.done;
      }
      if ((fragment & 1) !== 0) writer.marks |= Mark.firstFragment;
    } else if (header === AUTHENTICATION) {
      length = (u8(heap, at + 1) + 2) * 4;
    }
    if (at + length > writer.end) {
      writer.protocol = next;
      return writer.cut(at + length);
    }
    writer.advanceToTransport(at + length);
  }
  writer.protocol = next;
  return stepOfIpProtocol(next);
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
