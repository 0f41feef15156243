// What awk or cut left of `route -n`: a heading that still names Destination, Genmask and Iface, and rows of as many words. Without a mask
// nobody knows which addresses a route is for, and without a device where it leads: such columns are not taken.
import type { Route } from '../probe/facts.ts';
import { isIpv4, maskLength } from '../probe/net-tools.ts';

const NAMES = [
  'Destination',
  'Gateway',
  'Genmask',
  'Flags',
  'Metric',
  'Ref',
  'Use',
  'MSS',
  'Window',
  'irtt',
  'Iface',
];
const NEEDED = ['Destination', 'Gateway', 'Genmask', 'Iface'];
/** Of a route whose metric was cut away. */
export const METRIC_UNSAID = 'metric-unsaid';

/** Its columns, or null when the line is no such heading, or the whole one. */
export function routeColumns(line: string): readonly string[] | null {
  if (line.length > 200 || !line.includes('Destination')) return null;
  const columns = line.trim().split(/\s+/);
  const known = columns.every((name) => NAMES.includes(name)) && new Set(columns).size === columns.length;
  return known && columns.length < 8 && NEEDED.every((name) => columns.includes(name)) ? columns : null;
}

/** @param first of the piece: its heading. */
export function isRouteColumns(line: string, first: string): boolean {
  const columns = routeColumns(first);
  return columns !== null && wordsOf(columns, line) !== null;
}

function wordsOf(columns: readonly string[], line: string): ReadonlyMap<string, string> | null {
  const words = line.length > 300 ? [] : line.trim().split(/\s+/);
  if (words.length !== columns.length) return null;
  const found = new Map(columns.map((name, at) => [name, words[at] ?? '']));
  const to = found.get('Destination') ?? '';
  const via = found.get('Gateway') ?? '';
  const good =
    (to === 'default' || isIpv4(to)) &&
    (isIpv4(via) || via === '*' || via === '-') &&
    maskLength(found.get('Genmask') ?? '') !== null &&
    /^(?:[a-zA-Z][\w.@:-]{0,14}|[*-])$/.test(found.get('Iface') ?? '');
  return good ? found : null;
}

/** As `route -n` has it, in all its columns: what was cut away as it is where nothing is special. */
export function wholeRouteTable(text: string): string {
  const [first = '', ...rest] = text.split('\n');
  const columns = routeColumns(first) ?? [];
  return rest
    .flatMap((line): string[] => {
      const words = wordsOf(columns, line);
      if (words === null) return [];
      const [to, via, mask, device] = NEEDED.map((name) => words.get(name) ?? '');
      const nowhere = device === '*' || device === '-';
      const flags =
        words.get('Flags') ??
        `${device === '-' ? '!' : 'U'}${nowhere || !isIpv4(via ?? '') || via === '0.0.0.0' ? '' : 'G'}`;
      return [[to, via, mask, flags, words.get('Metric') ?? '0', '0', '0', device].join(' ')];
    })
    .join('\n');
}

/** Routes whose metric was cut away, with that of the same route where it is known. */
export function withKnownMetrics(routes: readonly Route[], known: readonly Route[]): Route[] {
  if (!routes.some(({ flags }) => flags.includes(METRIC_UNSAID))) return [...routes];
  const way = ({ table, dst, via, dev }: Route): string => [table, dst, via, dev].join(' ');
  const metrics = new Map(known.map((route) => [way(route), route.metric]));
  return routes.map((route) => ({
    ...route,
    metric: route.flags.includes(METRIC_UNSAID) ? (metrics.get(way(route)) ?? route.metric) : route.metric,
  }));
}
