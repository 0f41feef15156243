// Seats keep the picture still: a Pod keeps its place while others come and go, a newcomer takes the first
// free one, and whoever finds none is folded away. Pure.

export interface Seating {
  /** Who sits where; a hole is a seat somebody left. */
  readonly seats: readonly (string | null)[];
  /** Who found none, in their order. */
  readonly folded: readonly string[];
}

/**
 * @param previous the last answer for the same node; [] at first
 * @param ids everybody who wants a seat, best first
 * @param limit how many seats there are
 * @param pinned who is always to be seen, best first (the selected Pod, then those in trouble): where seats are
 *   short they take those of others, from the last one on
 */
export function takeSeats(
  previous: readonly (string | null)[],
  ids: readonly string[],
  limit: number,
  pinned: readonly string[],
): Seating {
  const wanted = new Set(ids);
  const seats = previous.slice(0, limit).map((id) => (id !== null && wanted.delete(id) ? id : null));
  for (const id of wanted) {
    const hole = seats.indexOf(null);
    if (hole >= 0) seats[hole] = id;
    else if (seats.length < limit) seats.push(id);
    else break;
  }
  const everybody = new Set(ids);
  const first = pinned.filter((id) => everybody.has(id)).slice(0, limit);
  const kept = new Set(first);
  for (const id of first) {
    if (!seats.includes(id)) seats[seats.findLastIndex((other) => other === null || !kept.has(other))] = id;
  }
  while (seats.length > 0 && seats.at(-1) === null) seats.pop();
  const seated = new Set(seats);
  return { seats, folded: ids.filter((id) => !seated.has(id)) };
}
