// LINKTYPE_RAW: an IP packet without a link header; its version says which.
import { u8 } from '../bytes.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

export function dissectRaw(writer: SegmentWriter): Step {
  if (writer.at >= writer.end) return writer.cut(writer.at + 1);
  const version = u8(writer.heap, writer.at) >> 4;
  if (version === 4) return Step.ipv4;
  return version === 6 ? Step.ipv6 : writer.broken();
}
