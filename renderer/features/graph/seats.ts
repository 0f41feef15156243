// Seats keep the picture still: a Pod keeps its place while others come and go, a newcomer takes the first
// free one, and whoever finds none is folded away. Pure.

export interface Seating {
  /** Who sits where; a hole is a seat somebody left. */
  readonly seats: readonly (string | null)[];
  readonly folded: number;
}

/**
 * @param previous the last answer for the same node; [] at first
 * @param ids everybody who wants a seat, best first
 * @param limit how many seats there are
 * @param pinned takes the last seat if there is no other (the selected Pod is always to be seen)
 */
export function takeSeats(
  previous: readonly (string | null)[],
  ids: readonly string[],
  limit: number,
  pinned: string | null,
): Seating {
  const wanted = new Set(ids);
  const seats = previous.slice(0, limit).map((id) => (id !== null && wanted.delete(id) ? id : null));
  for (const id of wanted) {
    const hole = seats.indexOf(null);
    if (hole >= 0) seats[hole] = id;
    else if (seats.length < limit) seats.push(id);
    else break;
  }
  if (pinned !== null && limit > 0 && ids.includes(pinned) && !seats.includes(pinned))
    seats[limit - 1] = pinned;
  while (seats.length > 0 && seats.at(-1) === null) seats.pop();
  const seated = seats.filter((id) => id !== null).length;
  return { seats, folded: ids.length - seated };
}
