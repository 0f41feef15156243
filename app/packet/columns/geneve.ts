// Geneve (RFC 8926): as VXLAN, with options and with an EtherType for what it carries.
import { u16, u32, u8 } from '../bytes.ts';
import { Layer, TunnelKind } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { stepOfEtherType } from './ether-type.ts';
import { Step } from './steps.ts';

const LEAST_BYTES = 8;

export function dissectGeneve(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  if (at + LEAST_BYTES > headers.end) return headers.cut(at + LEAST_BYTES);
  headers.layers |= Layer.geneve;
  const start = at + LEAST_BYTES + (u8(bytes, at) & 0x3f) * 4;
  if (start > headers.end) return headers.cut(start);
  headers.tunnel = TunnelKind.geneve;
  headers.network = u32(bytes, at + 4) >>> 8;
  headers.advance(start);
  return start >= headers.wireEnd ? Step.done : stepOfEtherType(u16(bytes, at + 2));
}
