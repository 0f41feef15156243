// VXLAN (RFC 7348): an Ethernet frame of a numbered network in UDP.
import { u32 } from '../bytes.ts';
import { Layer, TunnelKind } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 8;

export function dissectVxlan(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.vxlan;
  headers.tunnel = TunnelKind.vxlan;
  headers.network = u32(bytes, at + 4) >>> 8;
  headers.advance(start);
  return start >= headers.wireEnd ? Step.done : Step.ethernet;
}
