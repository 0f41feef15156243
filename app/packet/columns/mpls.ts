// MPLS label stacks (RFC 3032). No label says what it carries: as everybody does, the first four bits are asked.
import { u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

const LABEL_BYTES = 4;
const BOTTOM_OF_STACK = 1;

/** One label a step. */
export function dissectMpls(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + LABEL_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.layers |= Layer.mpls;
  writer.advance(start);
  if ((u8(heap, at + 2) & BOTTOM_OF_STACK) === 0) return Step.mpls;
  if (start >= writer.end) return Step.done;
  const version = u8(heap, start) >> 4;
  if (version === 4) return Step.ipv4;
  return version === 6 ? Step.ipv6 : Step.done;
}
