// What somebody means by a few letters: all words must occur, and what begins with the first comes first. Pure.

export interface Sought {
  readonly title: string;
  /** Found by, too, and shown beside: addresses, a node. */
  readonly aside: string;
}

/** @param most more is not read; typing on is quicker */
export function ranked<T extends Sought>(items: readonly T[], query: string, most: number): T[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return items.slice(0, most);
  const hits = items.filter((item) => {
    const text = `${item.title} ${item.aside}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const first = words[0] ?? '';
  return hits
    .map((item, order) => ({ item, order, rank: rankOf(item, first) }))
    .toSorted((a, b) => a.rank - b.rank || a.order - b.order)
    .slice(0, most)
    .map(({ item }) => item);
}

function rankOf(item: Sought, word: string): number {
  const title = item.title.toLowerCase();
  if (title === word) return 0;
  if (title.startsWith(word) || title.includes(`/${word}`)) return 1;
  return title.includes(word) ? 2 : 3;
}
