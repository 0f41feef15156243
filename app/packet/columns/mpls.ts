// MPLS label stacks (RFC 3032). No label says what it carries: as everybody does, the first four bits are asked.
import { u8 } from '../bytes.ts';
import { Layer } from '../store/marks.ts';
import type { PacketHeaders } from './packet-headers.ts';
import { Step } from './steps.ts';

const LABEL_BYTES = 4;
const BOTTOM_OF_STACK = 1;

/** One label a step. */
export function dissectMpls(headers: PacketHeaders): Step {
  const { bytes, at } = headers;
  const start = at + LABEL_BYTES;
  if (start > headers.end) return headers.cut(start);
  headers.layers |= Layer.mpls;
  headers.advance(start);
  if ((u8(bytes, at + 2) & BOTTOM_OF_STACK) === 0) return Step.mpls;
  if (start >= headers.wireEnd) return Step.done;
  if (start >= headers.end) return headers.cut(start + 1);
  const version = u8(bytes, start) >> 4;
  if (version === 4) return Step.ipv4;
  return version === 6 ? Step.ipv6 : Step.unread;
}
