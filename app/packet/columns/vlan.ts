// VLAN tags (IEEE 802.1Q, 802.1ad), one a step: they stack.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfEtherType } from './ether-type.ts';
import { MAX_LENGTH } from './llc.ts';
import { Step } from './steps.ts';

const TAG_BYTES = 4;

export function dissectVlan(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + TAG_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.layers |= Layer.vlan;
  writer.advance(start);
  const type = u16(heap, at + 2);
  if (type > MAX_LENGTH) return stepOfEtherType(type);
  writer.limit(start + type);
  return Step.llc;
}
