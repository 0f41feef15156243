// GRE (RFC 2784; key and sequence number: RFC 2890; the old routing bit: RFC 1701).
import { u16, u32 } from '../bytes.ts';
import { Layer, TunnelKind } from '../store/marks.ts';
import type { SegmentWriter } from '../store/segment-writer.ts';
import { stepOfEtherType } from './ether-type.ts';
import { Step } from './steps.ts';

const LEAST_BYTES = 4;
const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE_NUMBER = 0x1000;
const VERSION = 0x0007;

export function dissectGre(writer: SegmentWriter): Step {
  const { heap, at } = writer;
  if (at + LEAST_BYTES > writer.end) return writer.cut(at + LEAST_BYTES);
  writer.layers |= Layer.gre;
  const flags = u16(heap, at);
  // Version 1 is PPTP's and carries PPP; source routes (RFC 1701) have not been seen this century.
  if ((flags & VERSION) !== 0 || (flags & ROUTING) !== 0) return Step.done;
  const keyAt = at + LEAST_BYTES + ((flags & CHECKSUM) === 0 ? 0 : 4);
  const start = keyAt + ((flags & KEY) === 0 ? 0 : 4) + ((flags & SEQUENCE_NUMBER) === 0 ? 0 : 4);
  if (start > writer.end) return writer.cut(start);
  writer.tunnel = TunnelKind.gre;
  writer.network = (flags & KEY) === 0 ? 0 : u32(heap, keyAt);
  writer.advance(start);
  return start === writer.end ? Step.done : stepOfEtherType(u16(heap, at + 2));
}
