/** Each row with a key of its own: programs that share a port (SO_REUSEPORT) have rows that are the same. */
export function keyed<Row extends { readonly name: string; readonly value: string }>(
  rows: readonly Row[],
): (readonly [key: string, row: Row])[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const alike = JSON.stringify([row.name, row.value]);
    const before = seen.get(alike) ?? 0;
    seen.set(alike, before + 1);
    return [`${alike} ${String(before)}`, row];
  });
}
