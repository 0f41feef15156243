// `nft list ruleset` as nft prints it for people (nft(8)), as the objects of its JSON (libnftables-json(5)), which the parser of a live node reads.
import { nftTextRule, nftTextElements } from './nft-text-rule.ts';
import { UNREAD_RULE as UNREAD } from './whole-filters.ts';

/** The name of what is no object of nft's: the line after which some are missing. */
export const CUT = 'cut';

type Fields = Readonly<Record<string, unknown>>;

/** Of the names that it prints for priorities (netfilter_ipv4.h; of bridges netfilter_bridge.h). */
const PRIORITIES = { raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100 } as const;
const OF_BRIDGES = { dstnat: -300, filter: -200, out: 100, srcnat: 300 } as const;

const TABLE = /^table (ip|ip6|inet|arp|bridge|netdev) ("?)([\w./-]{1,64})\2 \{/;
const BLOCK = /^(\w[\w ]{0,30}?) ("?)([\w./-]{1,128})\2 \{\s*(?:#.*)?$/;

/** Stands for a line that was not read, and closes and opens what that did. */
export function nftUnreadLine(line: string): string {
  const depth = depthOf(line);
  return `${UNREAD}${' {'.repeat(Math.max(0, depth))}${' }'.repeat(Math.max(0, -depth))}`;
}

/** One document of one line, as `nft -j list ruleset` prints it. Lines outside of tables are left. */
export function nftTextAsJson(text: string): string {
  return JSON.stringify({ nftables: objectsOf(text.split('\n')) });
}

function objectsOf(lines: readonly string[]): Fields[] {
  const objects: Fields[] = [];
  let table: OpenTable | null = null;
  /** Rules are missing before this line: of a table that is said once. */
  const cutAt = (at: number): void => {
    if (table === null || !table.isOpen || table.isCut) return;
    table.isCut = true;
    let last = at - 1;
    while (last > 0 && (lines[last]?.trim() ?? '') === '') last -= 1;
    objects.push({ [CUT]: lines[last]?.trim() ?? '' });
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]?.trim() ?? '';
    const [, family, , name] = TABLE.exec(line) ?? [];
    if (family !== undefined && name !== undefined) {
      cutAt(at);
      table = { of: { family, table: name }, isOpen: true, isCut: false };
      objects.push({ table: { family, name, flags: flagsOf(lines[at + 1]) } });
      continue;
    }
    if (table === null) continue;
    if (line.startsWith('}')) table.isOpen = false;
    if (line.startsWith(UNREAD)) cutAt(at);
    const [, kind, , block] = BLOCK.exec(line) ?? [];
    if (kind === undefined || block === undefined) continue;
    const { body, end, isCut } = bodyOf(lines, at + 1);
    const within = { ...table.of, name: block };
    if (kind === 'chain') objects.push(...chainOf(within, isCut ? [...body, UNREAD] : body));
    // Of a part of its elements nobody knows what is not among them.
    else if ((kind === 'set' || kind === 'map') && !isCut && !body.some((one) => one.includes(UNREAD)))
      objects.push({ [kind]: setOf(kind, within, body) });
    at = isCut ? end - 1 : end;
  }
  cutAt(lines.length);
  // As JSON has them: rules after all chains that they may lead to.
  return [...objects.filter((one) => !('rule' in one)), ...objects.filter((one) => 'rule' in one)];
}

interface OpenTable {
  readonly of: { readonly family: string; readonly table: string };
  isOpen: boolean;
  isCut: boolean;
}

/** `flags dormant`, the first line of a table that has any. */
function flagsOf(line = ''): readonly string[] {
  return /^\s*flags ([\w,]{1,60})\s*$/.exec(line)?.[1]?.split(',') ?? [];
}

interface Body {
  readonly body: readonly string[];
  /** Where its last bracket is, or what was not to come before that. */
  readonly end: number;
  readonly isCut: boolean;
}

function bodyOf(lines: readonly string[], from: number): Body {
  const body: string[] = [];
  const isWithin = (at: number): boolean => at < lines.length && !TABLE.test(lines[at] ?? '');
  let at = from;
  for (; isWithin(at) && !/^\s*\}/.test(lines[at] ?? ''); at++) {
    // Elements of sets are broken into lines.
    const parts = [lines[at]?.trim() ?? ''];
    let depth = depthOf(parts[0] ?? '');
    while (depth > 0 && isWithin(at + 1)) {
      const more = lines[++at]?.trim() ?? '';
      depth += depthOf(more);
      parts.push(more);
    }
    const whole = parts.join(' ');
    if (whole !== '' && !whole.startsWith('#')) body.push(whole);
  }
  return { body, end: at, isCut: !isWithin(at) };
}

/** Of curly brackets that are open, outside of what is quoted. */
function depthOf(text: string): number {
  let depth = 0;
  for (const mark of text.replaceAll(/"[^"]*"/g, '').match(/[{}]/g) ?? []) depth += mark === '{' ? 1 : -1;
  return depth;
}

interface Within {
  readonly family: string;
  readonly table: string;
  readonly name: string;
}

function chainOf({ name, ...within }: Within, body: readonly string[]): Fields[] {
  const hooked = body.map((line) => hookOf(line, within.family)).find((found) => found !== null);
  const rules = body.filter((line) => !/^(?:type \w+ hook |comment "[^"]*"$|policy \w+;?$)/.test(line));
  return [
    { chain: { ...within, name, ...hooked } },
    ...rules.map((line) => ({ rule: { ...within, chain: name, ...nftTextRule(line, within.family) } })),
  ];
}

/** `type filter hook forward priority filter - 10; policy drop;`, of netdev with its devices. */
function hookOf(line: string, family: string): Fields | null {
  const [, type, hook, before = '', priority = ''] =
    /^type (\w+) hook (\w+) (.{0,400}?)priority ([\w ]{0,30}[+-]? ?\d{0,10})\s*;/.exec(line) ?? [];
  if (type === undefined) return null;
  const [, policy] = /;\s*policy (\w+)/.exec(line) ?? [];
  const devices = [...before.matchAll(/"([^"]{1,64})"|(?<=[{,] ?)([\w.@-]{1,64})(?=[ ,}])/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  return {
    ...{ type, hook, prio: priorityOf(priority.trim(), family) },
    ...(policy === undefined ? {} : { policy }),
    ...(devices.length === 0 ? {} : { dev: devices.length === 1 ? devices[0] : devices }),
  };
}

function priorityOf(text: string, family: string): number {
  const [, name, sign, by = '0'] = /^([a-z]+)?\s*([+-])?\s*(\d+)?$/.exec(text) ?? [];
  const names: Readonly<Record<string, number>> = family === 'bridge' ? OF_BRIDGES : PRIORITIES;
  return (names[name ?? ''] ?? 0) + (sign === '-' ? -Number(by) : Number(by));
}

function setOf(kind: 'set' | 'map', within: Within, body: readonly string[]): Fields {
  const of = (word: string): string | null =>
    body.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1) ?? null;
  const [type = '', to] = (of('type') ?? of('typeof') ?? '').split(' : ');
  const parts = type.split(' . ');
  const elements = of('elements =');
  return {
    ...within,
    type: parts.length === 1 ? type : parts,
    ...(kind === 'map' ? { map: to ?? 'verdict' } : {}),
    ...(elements === null ? {} : { elem: nftTextElements(elements) }),
  };
}
