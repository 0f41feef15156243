// Geneve (RFC 8926): as VXLAN, with options and with an EtherType for what it carries.
import { u16, u32, u8 } from '../bytes.ts';
import { Layer, TunnelKind } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfEtherType } from './ether-type.ts';
import { Step } from './steps.ts';

const LEAST_BYTES = 8;

export function dissectGeneve(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  if (at + LEAST_BYTES > writer.end) return writer.cut(at + LEAST_BYTES);
  writer.layers |= Layer.geneve;
  const start = at + LEAST_BYTES + (u8(heap, at) & 0x3f) * 4;
  if (start > writer.end) return writer.cut(start);
  writer.tunnel = TunnelKind.geneve;
  writer.network = u32(heap, at + 4) >>> 8;
  writer.advance(start);
  return start === writer.end ? Step.done : stepOfEtherType(u16(heap, at + 2));
}
