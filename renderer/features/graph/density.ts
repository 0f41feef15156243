// How much a region says, by how much there is to say: few Pods get cards, many get chips.

export interface Density {
  readonly name: 'full' | 'dense' | 'mid' | 'compact';
  readonly cell: { readonly w: number; readonly h: number };
  /** Between columns and between rows. */
  readonly gap: { readonly x: number; readonly y: number };
  readonly pad: number;
  readonly header: number;
  /** Seats a node has before Pods are folded. */
  readonly seats: number;
  readonly plates: boolean;
}

/** Cards in a region before they become chips. */
const CARD_SEATS = 12;

const full: Density = {
  name: 'full',
  cell: { w: 160, h: 62 },
  gap: { x: 14, y: 30 },
  pad: 16,
  header: 54,
  seats: CARD_SEATS,
  plates: true,
};
const dense: Density = {
  name: 'dense',
  cell: { w: 204, h: 40 },
  gap: { x: 20, y: 8 },
  pad: 16,
  header: 54,
  seats: 40,
  plates: true,
};
const mid: Density = {
  name: 'mid',
  cell: { w: 158, h: 26 },
  gap: { x: 18, y: 7 },
  pad: 14,
  header: 50,
  seats: 24,
  plates: false,
};
const compact: Density = {
  name: 'compact',
  cell: { w: 118, h: 24 },
  gap: { x: 16, y: 6 },
  pad: 12,
  header: 46,
  seats: 6,
  plates: false,
};

/** Above this many nodes only the most compact form is worth trying. */
const TRIED_NODES = 6;

/** The forms a picture may take, the most telling first. */
export function densitiesFor(nodes: number, mostPods: number): readonly Density[] {
  const least = { ...compact, seats: nodes > 40 ? 2 : nodes > 12 ? 4 : 6 };
  if (nodes > TRIED_NODES) return [least];
  const cards = mostPods <= CARD_SEATS ? [full] : [];
  return [...cards, ...(nodes <= 2 ? [dense] : []), mid, least];
}

/** A node somebody unfolded shows this many; the tree's search finds the rest. */
export const UNFOLDED_SEATS = 200;
