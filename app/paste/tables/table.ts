// A table of objects as kubectl and calicoctl print one: columns that a heading in capitals names (k8s.io/cli-runtime printers,
// calicoctl's text/tabwriter). What awk or cut left of it is read by the columns that its heading still names; a row whose
// heading is not there, by what it looks like.
import type { ReadObject } from '../kubernetes-objects.ts';

export interface ObjectTable {
  /** As one would type it. */
  readonly command: string;
  /** Whether a heading of these columns is this table's. */
  readonly isHeading: (columns: ReadonlySet<string>) => boolean;
  /** A row that is sure without its heading: groups are named after the columns, `PORTS` for PORT(S). */
  readonly row: RegExp;
  /** Null when the row is not whole enough to be one. */
  readonly objectsOf: (row: TableRow) => readonly ReadObject[] | null;
}

export interface TableRow {
  /** By column. Null: the column is not there, its maker cut the cell, or it holds nothing (`<none>`). */
  readonly cell: (column: string) => string | null;
  /** Whether the row says anything of that column, whole: `<none>` is something. */
  readonly has: (column: string) => boolean;
  /** `10.96.0...`: what it said is not known, which is not that it is nothing. */
  readonly isCut: (column: string) => boolean;
  /** As the row or the command says; `default` where neither does. */
  readonly namespace: string;
}

interface Column {
  readonly name: string;
  readonly start: number;
}

export interface Heading {
  readonly columns: readonly Column[];
  readonly names: ReadonlySet<string>;
  /** Parted by two blanks at least, so that a column's name may hold one. */
  readonly spaced: boolean;
}

const HEADING = /^[A-Z][A-Z0-9()/.-]{1,40}(?:\s{1,200}[A-Z][A-Z0-9()/.-]{0,40}){1,30}\s*$/;

/** Null when the line is none. Names without what is no letter, digit or blank: `PORTS`, `CLUSTERIP`. */
export function headingOf(line: string): Heading | null {
  if (line.length > 2000 || !HEADING.test(line)) return null;
  const spaced = /\S(?: {2,}|\t)\S/.test(line);
  const columns = [...line.matchAll(spaced ? /\S+(?: \S+)*/g : /\S+/g)].map(({ 0: name, index }) => ({
    name: name.replaceAll(/[^A-Z0-9 ]/g, ''),
    start: index,
  }));
  return { columns, names: new Set(columns.map(({ name }) => name)), spaced };
}

/** By column, or null when it cannot be told which cell is which column's. */
export function cellsUnder({ columns, spaced }: Heading, line: string): ReadonlyMap<string, string> | null {
  const text = line.trimEnd();
  if (/^\s/.test(text)) return null;
  const aligned =
    spaced &&
    !text.includes('\t') &&
    columns.every(({ start }) => start === 0 || start >= text.length || /^\s\s/.test(text.slice(start - 2)));
  const cells = aligned
    ? columns.map(({ start }, at) => text.slice(start, columns[at + 1]?.start).trim())
    : (partsOf(text, columns.length) ?? []);
  if (cells.length === 0 || cells[0] === '') return null;
  return new Map(
    columns.flatMap(({ name, start }, at) => cellOf(name, cells[at], aligned && start >= text.length)),
  );
}

/** What the right edge took is not known to be empty. */
function cellOf(name: string, cell: string | undefined, beyond: boolean): [string, string][] {
  return cell === undefined || beyond ? [] : [[name, cell]];
}

/** Squeezed, or of another width: only as many parts as columns are sure. `10.0.0.1:53 + 2 more...` is one. */
function partsOf(text: string, count: number): readonly string[] | null {
  for (const separator of [/ {2,}|\t+ */, /\s+/]) {
    const parts = text
      .replaceAll(/ \+ (\d{1,6}) more\.\.\./g, '+$1more...')
      .split(separator)
      .map((part) => part.replace(/\+(\d{1,6})more\.\.\.$/, ' + $1 more...'));
    if (parts.length === count) return parts;
  }
  return null;
}

const CUT = /\.\.$|…$/;

/** @param cells by column. */
export function rowOf(cells: ReadonlyMap<string, string>, asked: string | null): TableRow | null {
  const isCut = (column: string): boolean => {
    const text = cells.get(column) ?? '';
    return CUT.test(text) && !/ more\.\.\.$/.test(text);
  };
  const cell = (column: string): string | null => {
    const text = cells.get(column) ?? '';
    return text === '' || /^<\w+>$/.test(text) || isCut(column) ? null : text;
  };
  const has = (column: string): boolean => cells.has(column) && !isCut(column);
  const namespace = cell('NAMESPACE') ?? asked ?? 'default';
  return NAME.test(namespace) ? { cell, has, isCut, namespace } : null;
}

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** `endpointslice.discovery.k8s.io/web-x2x8k` where several kinds were asked for. Null for what is no name, or was cut. */
export function objectName(cell: string | null): string | null {
  const name = (cell ?? '').replace(/^[a-z0-9.]{1,100}\//, '');
  return NAME.test(name) ? name : null;
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9a-f]{0,4}:)[0-9a-f:.]{2,45})$/;

export function isAddress(text: string): boolean {
  return ADDRESS.test(text);
}

export function isCidr(text: string): boolean {
  const [address = '', length = '', more] = text.split('/');
  return more === undefined && isAddress(address) && /^\d{1,3}$/.test(length) && Number(length) <= 128;
}

/** Of patterns: an address of either family, and one with the length of its prefix. */
export const A = String.raw`(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}:[0-9a-f:.]{1,40})`;
export const AGE = String.raw`\d{1,6}[smhdy]\S{0,10}`;
/** No row is sure without its heading. */
export const NEVER = /(?!)/;
export const CIDR = String.raw`${A}/\d{1,3}`;
export const NAMED = String.raw`(?:(?<NAMESPACE>[a-z0-9][a-z0-9-]{0,62})\s+)?(?<NAME>[a-z0-9][a-z0-9./-]{0,300})`;
