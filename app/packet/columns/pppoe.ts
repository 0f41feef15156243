// A PPPoE session's packets (RFC 2516), and of the PPP in them (RFC 1661) the protocol.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 6;
const PROTOCOL_BYTES = 2;
const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;

export function dissectPppoe(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + HEADER_BYTES + PROTOCOL_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.layers |= Layer.pppoes;
  writer.limit(at + HEADER_BYTES + u16(heap, at + 4));
  writer.advance(start);
  const protocol = u16(heap, at + HEADER_BYTES);
  if (protocol === PPP_IPV4) return Step.ipv4;
  return protocol === PPP_IPV6 ? Step.ipv6 : Step.done;
}
