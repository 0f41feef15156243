// IPsec's authentication header (RFC 4302) in IPv4: what it protects lies open behind it.
import { u8 } from '../bytes.ts';
import { Mark } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { stepOfIpProtocol } from './ip-protocol.ts';
import type { Step } from './steps.ts';

const LEAST_BYTES = 12;

export function dissectAuthentication(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  if (at + LEAST_BYTES > headers.end) return headers.cut(at + LEAST_BYTES);
  const length = (u8(bytes, at + 1) + 2) * 4;
  if (length < LEAST_BYTES) return headers.broken();
  if (at + length > headers.end) return headers.cut(at + length);
  // The column has the protocol within, IP's own number is told by no column.
  headers.marks |= Mark.deeper;
  const protocol = u8(bytes, at);
  headers.protocol = protocol;
  headers.advanceToTransport(at + length);
  return stepOfIpProtocol(protocol);
}
