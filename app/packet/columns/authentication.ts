// IPsec's authentication header (RFC 4302) in IPv4: what it protects lies open behind it.
import { u8 } from '../bytes.ts';
import { Mark } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfIpProtocol } from './ip-protocol.ts';
import type { Step } from './steps.ts';

const LEAST_BYTES = 12;

export function dissectAuthentication(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  if (at + LEAST_BYTES > writer.end) return writer.cut(at + LEAST_BYTES);
  const length = (u8(heap, at + 1) + 2) * 4;
  if (length < LEAST_BYTES) return writer.broken();
  if (at + length > writer.end) return writer.cut(at + length);
  // The column has the protocol within, IP's own number is told by no column.
  writer.marks |= Mark.deeper;
  const protocol = u8(heap, at);
  writer.protocol = protocol;
  writer.advanceToTransport(at + length);
  return stepOfIpProtocol(protocol);
}
