// Cells of a scope as rows and columns: both directions of the same two stand in one row. Pure.
import type { ScopeCell, ScopeParty } from '../../../app/trace/probe-model.ts';
import { scopeStrings } from './scope-strings.ts';

interface ScopeColumn {
  readonly key: string;
  readonly direction: ScopeCell['direction'];
  readonly words: string;
}

interface ScopeRow {
  readonly key: string;
  /** Of the side that is asked from, and of the one that is asked to. */
  readonly a: ScopeParty;
  readonly b: ScopeParty;
  readonly aName: string;
  readonly bName: string;
  /** As the columns; null: that was not tried. */
  readonly cells: readonly (ScopeCell | null)[];
}

export type CellResult = 'passes' | 'fails' | 'unknown';

export function scopeRows(cells: readonly ScopeCell[]): {
  readonly columns: readonly ScopeColumn[];
  readonly rows: readonly ScopeRow[];
} {
  const columns = new Map<string, ScopeColumn>();
  const rows = new Map<string, { row: Omit<ScopeRow, 'cells'>; cells: Map<string, ScopeCell> }>();
  for (const cell of cells) {
    const { direction, from, to, fromName, toName, proto, port, size } = cell;
    const forth = direction === 'forth';
    const column = [direction, proto, size].join(' ');
    columns.set(column, { key: column, direction, words: scopeStrings.column(proto, port, size) });
    const [a, b, aName, bName] = forth ? [from, to, fromName, toName] : [to, from, toName, fromName];
    const key = `${a} ${b}`;
    const known = rows.get(key) ?? { row: { key, a, b, aName, bName }, cells: new Map<string, ScopeCell>() };
    known.cells.set(column, cell);
    rows.set(key, known);
  }
  const forthFirst = [...columns.values()].sort(
    (x, y) => Number(x.direction === 'back') - Number(y.direction === 'back'),
  );
  return {
    columns: forthFirst,
    rows: [...rows.values()].map((each) => ({
      ...each.row,
      cells: forthFirst.map(({ key }) => each.cells.get(key) ?? null),
    })),
  };
}

/** Of packets where some were sent; what could not be sent is not known. */
export function cellResult({ predicted, probed }: ScopeCell, by: 'model' | 'probes'): CellResult {
  if (by === 'probes') return probed ?? 'unknown';
  if (predicted === 'unknown') return 'unknown';
  return predicted === 'delivered' ? 'passes' : 'fails';
}
