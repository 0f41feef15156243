// Packets that say no: TCP resets and ICMP errors.
import { TcpFlag } from '../columns/tcp.ts';
import { IpProtocol } from '../columns/ip-protocol.ts';
import type { PacketSegment } from '../store/packet-segment.ts';

const UNREACHABLE = 3;
const TIME_EXCEEDED = 11;
const PARAMETER_PROBLEM = 12;
/** ICMPv6's errors are the types below (RFC 4443 §2.1). */
const FIRST_INFORMATION = 128;

export function isRefused(segment: PacketSegment, row: number): boolean {
  const flags = segment.flags[row] ?? 0;
  const protocol = segment.protocol[row];
  if (protocol === IpProtocol.tcp) return (flags & TcpFlag.rst) !== 0;
  const type = flags >> 8;
  if (protocol === IpProtocol.icmp) {
    return type === UNREACHABLE || type === TIME_EXCEEDED || type === PARAMETER_PROBLEM;
  }
  return protocol === IpProtocol.icmpv6 && type !== 0 && type < FIRST_INFORMATION;
}
