// Keys as a tree of their parts. Pure.
import type { TreeStep } from '../../ui/tree-move.ts';

export interface EtcdRow extends TreeStep<string> {
  /** A whole key, or the beginning that the keys of a folder share, with its slash. */
  readonly key: string;
  readonly label: string;
  readonly level: number;
  /** Keys in a folder; null for a key. */
  readonly count: number | null;
  /** Among the rows of the same parent, from 1. */
  readonly position: number;
  readonly siblings: number;
}

/** A folder of no more than this opens by itself: what lies in it fits beside the others. */
const SMALL = 12;

/**
 * The rows that show. A folder with nothing but one folder in it is one row with it.
 * @param sorted keys in etcd's order
 * @param opened what somebody opened (true) or closed, by the folder's beginning
 */
export function etcdRows(
  sorted: readonly string[],
  opened: ReadonlyMap<string, boolean>,
  filter: string,
): EtcdRow[] {
  const sought = filter.toLowerCase();
  const keys = sought === '' ? sorted : sorted.filter((key) => key.toLowerCase().includes(sought));
  const rows: EtcdRow[] = [];
  const work: Stretch[] = [{ keys, prefix: '', level: 1, parent: null }];
  // By hand instead of by recursion: a key may be two thousand slashes.
  for (let stretch = work.pop(); stretch !== undefined; stretch = work.pop()) {
    if (stretch.row !== undefined) rows.push(stretch.row);
    const inside = stretch.row === undefined || stretch.row.open === true ? parts(stretch) : [];
    inside.forEach((part, at) => {
      part.row = rowOf(part, at + 1, inside.length, opened, sought !== '');
    });
    work.push(...inside.toReversed());
  }
  return rows;
}

interface Stretch {
  /** All begin with `prefix`. */
  readonly keys: readonly string[];
  readonly prefix: string;
  readonly level: number;
  readonly parent: string | null;
  /** None for all of it. */
  row?: EtcdRow;
}

/** The folders and keys right in a folder. */
function parts({ keys, prefix, level, row }: Stretch): Stretch[] {
  const found: Stretch[] = [];
  const parent = row?.key ?? null;
  const below = row === undefined ? level : level + 1;
  for (let from = 0; from < keys.length;) {
    const key = keys[from] ?? '';
    const slash = key.indexOf('/', prefix === '' ? 1 : prefix.length);
    if (slash < 0 || slash === key.length - 1) {
      found.push({ keys: [key], prefix: key, level: below, parent });
      from += 1;
      continue;
    }
    const beginning = key.slice(0, slash + 1);
    let to = from + 1;
    while (keys[to]?.startsWith(beginning) === true) to += 1;
    const within = keys.slice(from, to);
    found.push({ keys: within, prefix: shared(within, beginning), level: below, parent });
    from = to;
  }
  return found;
}

/** The longest beginning with a slash at its end that all have; one key is its own folder's only one. */
function shared(sorted: readonly string[], beginning: string): string {
  const first = sorted[0] ?? '';
  const last = sorted.at(-1) ?? '';
  // Sorted keys: what the first and the last have in common, all have.
  let common = beginning.length;
  while (common < first.length && first[common] === last[common]) common += 1;
  const slash = first.slice(0, common).lastIndexOf('/', sorted.length === 1 ? first.length - 2 : common);
  return first.slice(0, Math.max(slash + 1, beginning.length));
}

function rowOf(
  { keys, prefix, level, parent }: Stretch,
  position: number,
  siblings: number,
  opened: ReadonlyMap<string, boolean>,
  all: boolean,
): EtcdRow {
  const label = prefix.slice(parent?.length ?? 0);
  const place = { key: prefix, label, level, parent, position, siblings };
  if (keys.length === 1 && keys[0] === prefix) return { ...place, count: null, open: null };
  return { ...place, count: keys.length, open: all || (opened.get(prefix) ?? keys.length <= SMALL) };
}
