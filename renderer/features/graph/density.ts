// How much a region says, by how much there is to say: few Pods get cards, many get chips.

export interface Density {
  readonly name: 'full' | 'dense' | 'compact';
  readonly cell: { readonly w: number; readonly h: number };
  /** Between columns and between rows. */
  readonly gap: { readonly x: number; readonly y: number };
  readonly pad: number;
  readonly header: number;
  /** Seats a node has before Pods are folded. */
  readonly seats: number;
  readonly plates: boolean;
}

const full: Omit<Density, 'seats'> = {
  name: 'full',
  cell: { w: 160, h: 62 },
  gap: { x: 14, y: 30 },
  pad: 16,
  header: 58,
  plates: true,
};
const dense: Omit<Density, 'seats'> = {
  name: 'dense',
  cell: { w: 204, h: 40 },
  gap: { x: 20, y: 8 },
  pad: 16,
  header: 58,
  plates: true,
};
const compact: Omit<Density, 'seats'> = {
  name: 'compact',
  cell: { w: 118, h: 24 },
  gap: { x: 16, y: 6 },
  pad: 12,
  header: 46,
  plates: false,
};

/** Cards up to this many Pods in all; a picture that already has cards keeps them a little longer. */
const CARDS = 12;
const CARDS_KEPT = 16;
/** Regions large enough for plates and whole names. */
const LARGE_REGIONS = 4;

export function chooseDensity(nodes: number, pods: number, previous: Density['name'] | null): Density {
  if (nodes > LARGE_REGIONS) return { ...compact, seats: nodes > 40 ? 2 : nodes > 12 ? 4 : 6 };
  if (pods <= (previous === 'full' ? CARDS_KEPT : CARDS)) return { ...full, seats: CARDS_KEPT };
  return { ...dense, seats: nodes === 1 ? 40 : nodes === 2 ? 24 : 16 };
}

/** A node somebody unfolded shows this many; the tree's search finds the rest. */
export const UNFOLDED_SEATS = 200;
