// Whom the places go to where there are more ways than can be followed.
import type { DiagnosedNode } from '../cluster.ts';

/** All of one with all of another node, each node once before any is twice. */
export function eachWithEach<
  One extends { readonly node: DiagnosedNode },
  Other extends { readonly node: DiagnosedNode },
>(ones: readonly One[], others: readonly Other[]): [One, Other][] {
  const places = new Map(others.map((other, at) => [other.node, at]));
  return inTurn(
    ones.map((one, at) => {
      const begin = places.get(one.node) ?? at;
      return [...others.slice(begin), ...others.slice(0, begin)].flatMap((other): [One, Other][] =>
        other.node === one.node ? [] : [[one, other]],
      );
    }),
  );
}

/** The first of each list, then the second of each. */
export function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

/** The same part of the places for each list; what one does not need the others get. */
export function partsOf<T>(lists: readonly (readonly T[])[], most: number): (readonly T[])[] {
  const parts = new Map<readonly T[], number>();
  let places = most;
  for (const [at, list] of lists.toSorted((a, b) => a.length - b.length).entries()) {
    const part = Math.min(list.length, Math.floor(places / (lists.length - at)));
    parts.set(list, part);
    places -= part;
  }
  return lists.map((list) => list.slice(0, parts.get(list)));
}
