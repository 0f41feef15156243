// Ethernet II and IEEE 802.3 (LINKTYPE_ETHERNET, or within a tunnel): two MAC addresses, then EtherType or length.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfEtherType } from './ether-type.ts';
import { MAX_LENGTH } from './llc.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 14;

export function dissectEthernet(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  const start = at + HEADER_BYTES;
  if (start > writer.end) return writer.cut(start);
  writer.layers |= Layer.eth;
  writer.linkAddresses(at + 6, at);
  writer.advance(start);
  const type = u16(heap, at + 12);
  if (type > MAX_LENGTH) return stepOfEtherType(type);
  writer.limit(start + type);
  return Step.llc;
}
