// VLAN tags (IEEE 802.1Q, 802.1ad), one a step: they stack.
import { u16 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { stepOfEtherType } from './ether-type.ts';
import { MAX_LENGTH } from './llc.ts';
import { Step } from './steps.ts';

const TAG_BYTES = 4;

export function dissectVlan(headers: PacketHeaders): Step {
  return dissectTag(headers, Layer.vlan);
}

/** A provider's tag, which has a name of its own. */
export function dissectProviderVlan(headers: PacketHeaders): Step {
  return dissectTag(headers, Layer.ieee8021ad);
}

function dissectTag(headers: PacketHeaders, layer: number): Step {
  const { bytes, at } = headers;
  const start = at + TAG_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= layer;
  headers.advance(start);
  const type = u16(bytes, at + 2);
  if (type > MAX_LENGTH) return stepOfEtherType(type);
  headers.limit(start + type);
  return Step.llc;
}
