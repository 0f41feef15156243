// Ethernet II and IEEE 802.3 (LINKTYPE_ETHERNET, or within a tunnel): two MAC addresses, then EtherType or length.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { stepOfEtherType } from './ether-type.ts';
import { MAX_LENGTH } from './llc.ts';
import { Step } from './steps.ts';

const HEADER_BYTES = 14;

export function dissectEthernet(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + HEADER_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.eth;
  headers.linkAddresses(at + 6, at);
  headers.advance(start);
  const type = u16(bytes, at + 12);
  if (type > MAX_LENGTH) return stepOfEtherType(type);
  headers.limit(start + type);
  return Step.llc;
}
