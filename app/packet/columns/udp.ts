// UDP's header (RFC 768), and the tunnels that its ports announce.
import { u16 } from '../bytes.ts';
import { Layer, Mark } from '../store/marks.ts';
import { GENEVE_PORT, isVxlanPort } from '../tunnel-ports.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 8;
const LAST_WELL_KNOWN_PORT = 1023;

export function dissectUdp(headers: PacketHeaders): Step {
  const { bytes, at, end } = headers;
  if (at + 4 <= end) {
    headers.sourcePort = u16(bytes, at);
    headers.destinationPort = u16(bytes, at + 2);
  }
  const start = at + HEADER_BYTES;
  if (start > end) return headers.cut(start);
  headers.layers |= Layer.udp;
  // 0: longer than the field can say (RFC 2675).
  const length = u16(bytes, at + 4) || headers.wireEnd - at;
  const fragmented = (headers.marks & Mark.firstFragment) !== 0;
  if (length < HEADER_BYTES || (at + length > headers.wireEnd && !fragmented)) return headers.broken();
  headers.payloadLength = length - HEADER_BYTES;
  const step = tunnelOf(headers);
  if (step === Step.done) return step;
  headers.limit(at + length);
  if (headers.wireEnd <= start) return Step.done;
  headers.advance(start);
  return step;
}

/** Whether it announces a tunnel that columns follow, or one that they leave to full decode. */
export function isTunnelPort(port: number): boolean {
  return isVxlanPort(port) || port === GENEVE_PORT || isOtherTunnelPort(port);
}

function isOtherTunnelPort(port: number): boolean {
  switch (port) {
    // L2TP, GTP, Teredo, VXLAN GPE, MPLS and SCTP in UDP.
    case 1701:
    case 2152:
    case 3544:
    case 4790:
    case 6635:
    case 9899:
      return true;
    default:
      return false;
  }
}

/** Of two ports that choose a protocol the lower one does (as tshark has it). */
function tunnelOf(headers: PacketHeaders): Step {
  const lower = Math.min(headers.sourcePort, headers.destinationPort);
  const higher = Math.max(headers.sourcePort, headers.destinationPort);
  if (isVxlanPort(lower)) return Step.vxlan;
  if (lower === GENEVE_PORT) return Step.geneve;
  if (isVxlanPort(higher) || higher === GENEVE_PORT) {
    // Whether the lower one does, its protocol knows.
    headers.marks |= Mark.deeper;
    if (lower <= LAST_WELL_KNOWN_PORT) return Step.done;
    return higher === GENEVE_PORT ? Step.geneve : Step.vxlan;
  }
  if (isOtherTunnelPort(lower) || isOtherTunnelPort(higher)) headers.marks |= Mark.deeper;
  return Step.done;
}
