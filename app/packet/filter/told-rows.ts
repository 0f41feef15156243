// Which rows the columns tell wholly: of the others a full decode may find headers that no column knows.
import { Layer, Mark } from '../store/marks.ts';
import type { PacketSegment } from '../store/packet-segment.ts';

const MARKED = Mark.truncated | Mark.broken | Mark.deeper | Mark.firstFragment;
/** What they hold has many forms, of which columns know the usual ones. */
const MANIFOLD = Layer.gre | Layer.mpls | Layer.llc | Layer.pppoes;
/** Ethernet, raw IP, SLL, SLL2: of other links columns know little or nothing. */
const LINK_TYPES: readonly number[] = [1, 12, 14, 101, 113, 228, 229, 276];

/** Of others a full decode may know what lies within. */
const PROTOCOLS: readonly number[] = [1, 2, 6, 17, 50, 58, 89, 132];

/** By IP protocol, 1: the columns tell all. */
const TOLD = Uint8Array.from({ length: 256 }, (_, protocol) => (PROTOCOLS.includes(protocol) ? 1 : 0));

/** By UDP port: it may hold IP or a transport that columns do not look for (L2TP, GTP, Teredo, IPsec, VXLAN GPE, MPLS, SCTP). */
const HOLDS_MORE = new Uint8Array(0x10000);
for (const port of [1701, 2152, 3544, 4500, 4790, 6635, 9899]) HOLDS_MORE[port] = 1;

/** True: what columns say of the row is all that there is to say. */
export function toldBy(segment: PacketSegment): (row: number) => boolean {
  const { destinationPort, family, layers, linkType, marks, protocol, sourcePort } = segment;
  // Segments are mostly of one link type.
  let known = -1;
  let knownLink = false;
  return (row) => {
    const present = layers[row] ?? 0;
    if (((marks[row] ?? 0) & MARKED) !== 0 || (present & MANIFOLD) !== 0) return false;
    if (family[row] !== 0 && TOLD[protocol[row] ?? 0] === 0) return false;
    const link = linkType[row] ?? 0;
    if (link !== known) {
      known = link;
      knownLink = LINK_TYPES.includes(link);
    }
    if ((present & Layer.udp) === 0) return knownLink;
    return knownLink && HOLDS_MORE[sourcePort[row] ?? 0] === 0 && HOLDS_MORE[destinationPort[row] ?? 0] === 0;
  };
}
