// GRE (RFC 2784; key and sequence number: RFC 2890; the old routing bit: RFC 1701).
import { u16, u32 } from '../bytes.ts';
import { Layer, TunnelKind } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { EtherType, stepOfEtherType } from './ether-type.ts';
import { Step } from './steps.ts';

const LEAST_BYTES = 4;
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE_NUMBER = 0x1000;
const VERSION = 0x0007;
const CARRIED: readonly number[] = [
  EtherType.ipv4,
  EtherType.ipv6,
  EtherType.bridgedEthernet,
  EtherType.mpls,
];

export function dissectGre(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  if (at + LEAST_BYTES > headers.end) return headers.cut(at + LEAST_BYTES);
  headers.layers |= Layer.gre;
  const flags = u16(bytes, at);
  // Version 1 is PPTP's and carries PPP; source routes (RFC 1701) have not been seen this century.
  if ((flags & VERSION) !== 0 || (flags & ROUTING) !== 0) return Step.unread;
  const keyAt = at + LEAST_BYTES + ((flags & CHECKSUM) === 0 ? 0 : 4);
  const start = keyAt + ((flags & KEY) === 0 ? 0 : 4) + ((flags & SEQUENCE_NUMBER) === 0 ? 0 : 4);
  if (start > headers.end) return headers.cut(start);
  headers.tunnel = TunnelKind.gre;
  headers.network = (flags & KEY) === 0 ? 0 : u32(bytes, keyAt);
  headers.advance(start);
  if (start >= headers.wireEnd) return Step.done;
  const protocol = u16(bytes, at + 2);
  return CARRIED.includes(protocol) ? stepOfEtherType(protocol) : Step.unread;
}
