// The names that a filter may use: the catalogue's, and Wireshark's names for “at either end”.
import { fieldNamed, fieldNames } from '../dissect/catalogue.ts';
import type { Field, FieldType } from '../dissect/field.ts';

export interface FilterField {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly words: Readonly<Record<number, string>> | null;
  /** Whose values it has. */
  readonly sources: readonly Field[];
  /** They are addresses, and it is their text. */
  readonly asText: boolean;
}

interface Alias {
  readonly label: string;
  readonly sources: readonly string[];
  readonly asText?: true;
}

const ALIASES: Readonly<Record<string, Alias>> = {
  'ip.addr': { label: 'Source or destination address', sources: ['ip.src', 'ip.dst'] },
  'ip.host': { label: 'Source or destination address as text', sources: ['ip.src', 'ip.dst'], asText: true },
  'ip.src_host': { label: 'Source address as text', sources: ['ip.src'], asText: true },
  'ip.dst_host': { label: 'Destination address as text', sources: ['ip.dst'], asText: true },
  'ipv6.addr': { label: 'Source or destination address', sources: ['ipv6.src', 'ipv6.dst'] },
  'ipv6.host': {
    label: 'Source or destination address as text',
    sources: ['ipv6.src', 'ipv6.dst'],
    asText: true,
  },
  'ipv6.src_host': { label: 'Source address as text', sources: ['ipv6.src'], asText: true },
  'ipv6.dst_host': { label: 'Destination address as text', sources: ['ipv6.dst'], asText: true },
  'eth.addr': { label: 'Source or destination', sources: ['eth.src', 'eth.dst'] },
  'tcp.port': { label: 'Source or destination port', sources: ['tcp.srcport', 'tcp.dstport'] },
  'udp.port': { label: 'Source or destination port', sources: ['udp.srcport', 'udp.dstport'] },
  'sctp.port': { label: 'Source or destination port', sources: ['sctp.srcport', 'sctp.dstport'] },
  'frame.time': { label: 'Time', sources: ['frame.time_epoch'] },
};

/** Null: there is no such field. */
export function filterField(name: string): FilterField | null {
  return BY_NAME.get(name) ?? null;
}

/** In alphabetical order. */
export const filterFieldNames: readonly string[] = [
  ...fieldNames,
  ...Object.entries(ALIASES)
    .filter(
      ([name, { sources }]) => fieldNamed(name) === null && sources.some((one) => fieldNamed(one) !== null),
    )
    .map(([name]) => name),
].sort();

const BY_NAME: ReadonlyMap<string, FilterField> = new Map(
  filterFieldNames.flatMap((name) => {
    const field = madeField(name);
    return field === null ? [] : [[name, field] as const];
  }),
);

function madeField(name: string): FilterField | null {
  const field = fieldNamed(name);
  const alias = ALIASES[name];
  // Text in filters is text for people in the catalogue, which has it as the address that it is.
  if (field !== null && alias?.asText !== true) {
    const { label, type, words } = field;
    return { name, label, type, words, sources: [field], asText: false };
  }
  const sources = (alias?.sources ?? []).map(fieldNamed).filter((source) => source !== null);
  const [first] = sources;
  if (alias === undefined || first === undefined) return null;
  const asText = alias.asText === true;
  return {
    name,
    label: alias.label,
    type: asText ? 'text' : first.type,
    words: first.words,
    sources,
    asText,
  };
}

/** Names that Wireshark had before, by how they begin. */
const OLD_NAMES: readonly (readonly [old: string, now: string])[] = [
  ['ssl', 'tls'],
  ['bootp', 'dhcp'],
];

/** Longer names are nobody's typing error. */
const LONGEST_NAME = 64;

/** Names most like what was written, best first; none when nothing is near. */
export function nearestFields(written: string, most: number): readonly string[] {
  if (written.length > LONGEST_NAME) return [];
  const name = written.toLowerCase();
  for (const [old, now] of OLD_NAMES) {
    if (name !== old && !name.startsWith(`${old}.`)) continue;
    const renamed = `${now}${name.slice(old.length)}`;
    if (BY_NAME.has(renamed)) return [renamed];
  }
  const bound = Math.max(1, Math.floor(name.length / 3));
  return filterFieldNames
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate, bound) }))
    .filter(({ distance }) => distance <= bound)
    .sort((a, b) => a.distance - b.distance || a.candidate.length - b.candidate.length)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Letters to put in, take out, change or swap with the next; more than `bound` is `bound + 1`. */
function distanceOf(from: string, to: string, bound: number): number {
  // The right last part under another protocol, or without one, is near: `dstport`, `ip.port`.
  if (from.length > 2 && to.endsWith(`.${from}`)) return 1;
  if (Math.abs(from.length - to.length) > bound) return bound + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row];
    let least = row;
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        (last[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      line.push(cost);
      least = Math.min(least, cost);
    }
    if (least > bound) return bound + 1;
    beforeLast = last;
    last = line;
  }
  return last[to.length] ?? bound + 1;
}
