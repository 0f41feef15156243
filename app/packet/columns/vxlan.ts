// VXLAN (RFC 7348): an Ethernet frame of a numbered network in UDP.
import { u32 } from '../bytes.ts';
import { Layer, TunnelKind } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 8;

export function dissectVxlan(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + HEADER_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.layers |= Layer.vxlan;
  writer.tunnel = TunnelKind.vxlan;
  writer.network = u32(heap, at + 4) >>> 8;
  writer.advance(start);
  return start === writer.end ? Step.done : Step.ethernet;
}
