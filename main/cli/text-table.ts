// Columns for a person at a terminal. What nodes said can hold escape sequences: every cell is made plain.
import { plainText } from '../../app/plain-text.ts';

/** A line a row, each cell as wide as the widest of its column. */
export function textTable(rows: readonly (readonly string[])[], indent: string): string {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => plainText(row[column] ?? '').length))) ?? [];
  return rows
    .map(
      (row) =>
        (
          indent + row.map((cell, column) => plainText(cell).padEnd(widths[column] ?? 0)).join('  ')
        ).trimEnd() + '\n',
    )
    .join('');
}
