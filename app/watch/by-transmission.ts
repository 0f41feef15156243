// Which pieces of a stream at different visits were sent at once, by IPv4's identification: a sender counts it up by one a segment, also of
// those that a NIC cuts for it, and who merges segments keeps the first one's (Linux: inet_gso_segment and inet_gro_receive of
// net/ipv4/af_inet.c). So what is sent again within a tick of the timestamp's clock is told from what it was before.

export interface IdentifiedPiece {
  /** Its first byte. */
  readonly from: number;
  /** 0: it has none. */
  readonly identification: number;
}

/** Bytes of the smallest segments that long streams are cut into, as a rule (RFC 9293 §3.7.1: 536). */
const LEAST_SEGMENT = 500;

/** Identifications that the segment with a byte may have, from the first transmission's on: they wrap, a difference does not. */
interface Span {
  readonly lo: number;
  readonly hi: number;
}

/**
 * @param seen of each visit its pieces with that byte, the earliest first
 * @returns of each visit its piece of each transmission (null: it has none); null where nobody can tell
 */
export function byTransmission<P extends IdentifiedPiece>(
  seen: readonly (readonly P[])[],
  byte: number,
): readonly (readonly (P | null)[])[] | null {
  const times = Math.max(...seen.map((pieces) => pieces.length));
  const whole = seen.filter((pieces) => pieces.length === times);
  const base = whole[0]?.[0]?.identification ?? 0;
  if (seen.flat().some(({ identification }) => identification === 0)) return null;
  const spanOf = ({ from, identification }: IdentifiedPiece): Span => {
    const lo = ((identification - base + 0x1_8000) & 0xffff) - 0x8000;
    return { lo, hi: lo + Math.ceil((byte - from) / LEAST_SEGMENT) };
  };
  const transmissions = Array.from({ length: times }, (_, turn) =>
    whole
      .flatMap((pieces) => pieces[turn] ?? [])
      .map(spanOf)
      .reduce(common),
  );
  if (transmissions.some(({ lo, hi }) => lo > hi)) return null;
  const told: (P | null)[][] = [];
  for (const pieces of seen) {
    const own = Array.from({ length: times }, (): P | null => null);
    for (const piece of pieces) {
      const span = spanOf(piece);
      const turns = [...transmissions.keys()].filter((turn) => {
        const { lo, hi } = common(transmissions[turn] ?? span, span);
        return lo <= hi;
      });
      const [turn, another] = turns;
      if (turn === undefined || another !== undefined || own[turn] !== null) return null;
      own[turn] = piece;
    }
    told.push(own);
  }
  return told;
}

function common(a: Span, b: Span): Span {
  return { lo: Math.max(a.lo, b.lo), hi: Math.min(a.hi, b.hi) };
}
