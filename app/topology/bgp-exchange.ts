// Lays what one side of a session advertises beside what the other took, refused and installed.
import type { BirdExchange } from '../probe/bird-exchange.ts';
import type { Route } from '../probe/facts.ts';
import { MOST_PREFIX_ROWS, type BgpExchangeDirection } from './bgp-exchange-model.ts';
import { prefixFates, type PrefixFate } from './prefix-fates.ts';

/** One side, as it was asked. */
export interface ExchangeSide {
  readonly name: string;
  /** Null where it could not be asked; `why` says so. */
  readonly exchange: BirdExchange | null;
  readonly why: string | null;
  /** Of its kernel; null where they are not known. */
  readonly routes: readonly Route[] | null;
}

/** Both directions; none of a side that could not be asked what it advertises. */
export function bgpExchange(sides: readonly [ExchangeSide, ExchangeSide]): BgpExchangeDirection[] {
  const [one, other] = sides;
  return [direction(one, other), direction(other, one)].filter((each) => each !== null);
}

function direction(from: ExchangeSide, to: ExchangeSide): BgpExchangeDirection | null {
  if (from.exchange === null) return null;
  const { exported } = from.exchange;
  const far = to.exchange;
  const kernel =
    to.routes === null
      ? null
      : new Set(
          to.routes
            .filter(({ table, type }) => (table === 'main' || table === '254') && type === 'unicast')
            .map(({ dst }) => dst),
        );
  const fateOf = (prefix: string): PrefixFate => {
    if (far === null) return 'unknown';
    const taken = far.imported.prefixes.get(prefix);
    if (taken === undefined) {
      if (far.filtered.prefixes.has(prefix)) return 'refused';
      // Of a cut list nothing can be said to be missing.
      return far.imported.cut || far.filtered.cut ? 'unknown' : 'missing';
    }
    if (!taken.best) return 'second';
    if (kernel === null) return 'unknown';
    return kernel.has(prefix) ? 'installed' : 'not-in-kernel';
  };
  const rows = [...exported.prefixes.keys()].map((prefix) => ({ prefix, fate: fateOf(prefix) }));
  if (far !== null && !exported.cut) {
    for (const prefix of far.imported.prefixes.keys())
      if (!exported.prefixes.has(prefix)) rows.push({ prefix, fate: 'left-over' });
  }
  const counts = Object.fromEntries(
    prefixFates.map((fate) => [fate, rows.filter((row) => row.fate === fate).length]),
  ) as Record<PrefixFate, number>;
  // Keys once each: 10,000 prefixes are 130,000 comparisons, in the process that everything else waits for.
  const keyed = rows.map((row) => ({ row, key: orderOf(row) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    from: from.name,
    to: to.name,
    counts,
    rows: keyed.slice(0, MOST_PREFIX_ROWS).map(({ row }) => row),
    left: Math.max(0, rows.length - MOST_PREFIX_ROWS),
    sentences: sentencesOf(from, to, counts),
  };
}

/** What is not as it should be first, then by the numbers in the prefix. */
function orderOf({ prefix, fate }: { readonly prefix: string; readonly fate: PrefixFate }): string {
  return `${prefixFates.indexOf(fate)} ${prefix.replace(/\d+/g, (digits) => digits.padStart(5, '0'))}`;
}

function sentencesOf(from: ExchangeSide, to: ExchangeSide, counts: Record<PrefixFate, number>): string[] {
  const far = to.exchange;
  const cut = [
    from.exchange?.exported.cut === true ? from.name : null,
    far?.imported.cut === true ? to.name : null,
  ];
  return [
    ...(to.why === null ? [] : [to.why]),
    ...(far !== null && to.routes === null
      ? [
          `The routes in ${to.name}’s kernel were not read: what of its best in BIRD is installed there is not known.`,
        ]
      : []),
    ...(counts.refused === 0 ? [] : [`${to.name}’s import filter refuses ${prefixes(counts.refused)}.`]),
    ...(counts.missing === 0
      ? []
      : [
          `${to.name} has not taken ${prefixes(counts.missing)} that ${from.name} advertises${
            far !== null && far.filtered.prefixes.size === 0
              ? '; what its import filter refuses it does not keep (import keep filtered), so that BIRD does not tell why'
              : ''
          }. They were asked a moment apart.`,
        ]),
    ...(counts['left-over'] === 0
      ? []
      : [
          `${to.name} still has ${prefixes(counts['left-over'])} that ${from.name} does not advertise (any more).`,
        ]),
    ...(counts['not-in-kernel'] === 0
      ? []
      : [
          `${to.name} has ${prefixes(counts['not-in-kernel'])} of them as its best in BIRD, but not in its kernel.`,
        ]),
    ...cut.flatMap((name) =>
      name === null
        ? []
        : [`${name} has more prefixes than are read here: only the first ones were compared.`],
    ),
  ];
}

function prefixes(count: number): string {
  return `${count} ${count === 1 ? 'prefix' : 'prefixes'}`;
}
