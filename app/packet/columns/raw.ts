// LINKTYPE_RAW: an IP packet without a link header; its version says which.
import { u8 } from '../bytes.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

export function dissectRaw(headers: PacketHeaders): Step {
  if (headers.at >= headers.end) return headers.cut(headers.at + 1);
  const version = u8(headers.bytes, headers.at) >> 4;
  if (version === 4) return Step.ipv4;
  return version === 6 ? Step.ipv6 : headers.broken();
}
