// IEEE 802.2 LLC where a length stands in an EtherType's place; SNAP (RFC 1042) gives the EtherType after all.
import { u16, u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfEtherType } from './ether-type.ts';
import { Step } from './steps.ts';

/** What is no greater is a length (IEEE 802.3 §3.2.6). */
export const MAX_LENGTH = 1500;
const HEADER_BYTES = 3;
const SNAP_HEADER_BYTES = 8;
const SNAP = 0xaaaa;
const UNNUMBERED = 3;

export function dissectLlc(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  if (at + HEADER_BYTES > writer.end) return writer.cut(at + HEADER_BYTES);
  writer.layers |= Layer.llc;
  if (u16(heap, at) !== SNAP || u8(heap, at + 2) !== UNNUMBERED) return Step.done;
  const start = at + SNAP_HEADER_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.advance(start);
  // An organization of 0: what follows is an EtherType.
  return u16(heap, at + 3) === 0 && u8(heap, at + 5) === 0 ? stepOfEtherType(u16(heap, at + 6)) : Step.done;
}
