// UDP's header (RFC 768), and the tunnels that its ports announce.
import { u16 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 8;
const VXLAN_PORT = 4789;
const GENEVE_PORT = 6081;

export function dissectUdp(writer: SegmentWriter): Step {
  const { heap, at, end } = writer;
  if (at + 4 <= end) {
    writer.sourcePort = u16(heap, at);
    writer.destinationPort = u16(heap, at + 2);
  }
  const start = at + HEADER_BYTES;
  if (start > end) return writer.cut(start);
  writer.layers |= Layer.udp;
  // 0: longer than the field can say (RFC 2675).
  const length = u16(heap, at + 4) || writer.wireEnd - at;
  const fragmented = (writer.marks & Mark.firstFragment) !== 0;
  if (length < HEADER_BYTES || (at + length > writer.wireEnd && !fragmented)) return writer.broken();
  writer.payloadLength = length - HEADER_BYTES;
  const step = tunnelOf(writer.sourcePort, writer.destinationPort);
  if (step === Step.done) return step;
  writer.limit(at + length);
  if (writer.end <= start) return Step.done;
  writer.advance(start);
  return step;
}

function tunnelOf(sourcePort: number, destinationPort: number): Step {
  if (destinationPort === VXLAN_PORT || sourcePort === VXLAN_PORT) return Step.vxlan;
  return destinationPort === GENEVE_PORT || sourcePort === GENEVE_PORT ? Step.geneve : Step.done;
}
