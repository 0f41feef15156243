// What a search leaves of the tree's rows, and which of how many each of them is. Pure.
import type { TreeRow } from './row.ts';

/** Rows that match, with all above them, and the headings that still have something below. */
export function matching(rows: readonly TreeRow[], needle: string): TreeRow[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const kept = new Set<string>();
  let heading: TreeRow | null = null;
  for (const row of rows) {
    if (row.kind === 'heading') {
      heading = row;
      continue;
    }
    const text = `${row.label} ${row.aside} ${row.tooltip} ${row.remark}`.toLowerCase();
    if (!text.includes(needle)) continue;
    if (heading !== null) kept.add(heading.key);
    for (let each: TreeRow | undefined = row; each !== undefined;) {
      kept.add(each.key);
      each = each.parent === null ? undefined : byKey.get(each.parent);
    }
  }
  const found = rows.filter((row) => kept.has(row.key));
  const parents = new Set(found.map((row) => row.parent));
  return found.map((row) => (row.open === true && !parents.has(row.key) ? { ...row, open: null } : row));
}

/** What was found stays found where a row above it was closed; it is only not shown. */
export function folded(rows: readonly TreeRow[], open: ReadonlyMap<string, boolean>): TreeRow[] {
  const hidden = new Set<string>();
  return rows.flatMap((row) => {
    if (row.parent !== null && hidden.has(row.parent)) {
      hidden.add(row.key);
      return [];
    }
    if (row.open !== true || open.get(row.key) !== false) return [row];
    hidden.add(row.key);
    return [{ ...row, open: false }];
  });
}

/** A screen reader cannot count rows that are not there (virtualised), so each says which of how many it is. */
export function numbered(rows: readonly TreeRow[]): TreeRow[] {
  const siblings = new Map<string | null, number>();
  const placed = rows.map((row) => {
    if (row.kind === 'heading') return row;
    const position = (siblings.get(row.parent) ?? 0) + 1;
    siblings.set(row.parent, position);
    return { ...row, position };
  });
  return placed.map((row) =>
    row.kind === 'heading' ? row : { ...row, siblings: siblings.get(row.parent) ?? 0 },
  );
}
