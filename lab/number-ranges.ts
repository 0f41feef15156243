/** Whole numbers, as [first, last] in order, none touching the next. */
export type NumberRanges = readonly (readonly [first: number, last: number])[];

export function countOf(ranges: NumberRanges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

export function union(lists: readonly NumberRanges[]): NumberRanges {
  const sorted = lists.flat().sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** What is in `all` and not in `taken`. */
export function without(all: NumberRanges, taken: NumberRanges): NumberRanges {
  const left: [number, number][] = [];
  let at = 0;
  for (const [first, last] of all) {
    let from = first;
    while ((taken[at]?.[1] ?? Infinity) < from) at += 1;
    for (let next = at; from <= last; next += 1) {
      const [start, end] = taken[next] ?? [Infinity, Infinity];
      if (start > from) left.push([from, Math.min(last, start - 1)]);
      from = Math.max(from, end + 1);
    }
  }
  return left;
}
