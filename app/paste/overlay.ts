// Pieces of one node laid over one another. Fragments add up; two outputs that contradict each other are two moments, and both are
// kept, in order. What is absent from a fragment proves nothing; from a whole output it does.
import {
  UNKNOWN_PROTO,
  type Link,
  type LinkAddresses,
  type Neighbour,
  type PolicyRule,
  type RemoteNetns,
  type Route,
} from '../probe/facts.ts';
import { FACT_NAMES, type NodeFacts, type NodeSnapshot, type Section } from '../probe/snapshot.ts';
import { filledLinks, withKnown } from './left-out.ts';
import { MOMENTARY, type MomentaryFacts } from './momentary.ts';
import type { PieceReading } from './piece-snapshot.ts';
import { ALL } from './whole-lists.ts';

type FactName = (typeof FACT_NAMES)[number];

/** How entries of a kind are told apart, and what of them two moments may differ in. */
interface Entries<T> {
  readonly key: (entry: T) => string;
  readonly essence: (entry: T) => string;
  /** Of two that say the same, the one that says more. */
  readonly richer: (older: T, newer: T) => T;
}

const later = <T>(_: T, newer: T): T => newer;

const links: Entries<Link> = {
  key: ({ name }) => name,
  essence: ({ mac, mtu, adminUp, carrier, peerIfindex, ifindex }) =>
    JSON.stringify([ifindex > 0 ? ifindex : null, mac, mtu, adminUp, carrier, peerIfindex]),
  richer: (older, newer) =>
    newer.kind === 'other' || (newer.kind === 'physical' && older.kind !== 'other')
      ? { ...newer, kind: older.kind }
      : newer,
};
const addresses: Entries<LinkAddresses> = {
  key: ({ name }) => name,
  essence: (one) =>
    JSON.stringify(one.addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`).sort()),
  richer: later,
};
const routes: Entries<Route> = {
  key: ({ table, dst, metric }) => `${table} ${dst} ${metric}`,
  essence: ({ via, dev, nexthops, type }) => {
    const hop = nexthops[0];
    // net-tools show one next hop of several, and no difference between blackhole and throw, unreachable and prohibit.
    const kind = { throw: 'blackhole', prohibit: 'unreachable' }[type] ?? type;
    return JSON.stringify([via ?? hop?.via ?? null, dev ?? hop?.dev ?? null, kind]);
  },
  richer: (older, newer) => (newer.proto === UNKNOWN_PROTO ? older : newer),
};
const rules: Entries<PolicyRule> = {
  key: ({ priority, text }) => `${priority} ${text}`,
  essence: () => '',
  richer: later,
};
const neighbours: Entries<Neighbour> = {
  key: ({ dst, dev }) => `${dst} ${dev}`,
  essence: ({ mac }) => mac ?? '',
  richer: (older, newer) => (newer.state === '' ? older : newer),
};
const pods: Entries<RemoteNetns> = {
  key: ({ pid }) => String(pid),
  essence: (one) =>
    JSON.stringify(
      one.links.map(({ name, addresses: own }) => [name, own.map(({ address }) => address).sort()]),
    ),
  richer: later,
};

const LISTS = {
  links,
  addresses,
  routes4: routes,
  routes6: routes,
  rules4: rules,
  rules6: rules,
  neighbours,
  pods,
};

export interface Overlaid {
  readonly snapshot: NodeSnapshot;
  /** Facts whose every entry is there; of routes, tables: `routes4 main`. */
  readonly whole: ReadonlySet<string>;
  /** Of which nothing speaks for a part (whole-lists.ts): what is not there may be concluded from, though it contradicts nothing. */
  readonly wholeLists: ReadonlySet<string>;
}

/** Whether both cannot be true at one moment. */
export function contradicts(known: Overlaid, told: PieceReading): boolean {
  const { snapshot, whole, everyFamily } = withKnown(known, told);
  return FACT_NAMES.some((name) => {
    const now = snapshot[name]?.value ?? null;
    const all = known.snapshot[name]?.value ?? null;
    const before =
      name === 'addresses' && !everyFamily
        ? ofFamilies(list(all), familiesIn(list(now)))
        : name === 'links' && all !== null
          ? filledLinks(list(all) as readonly Link[], list(now) as readonly Link[])
          : all;
    if (before === null || now === null) return false;
    // Counters that differ are two samples, sessions that differ two states.
    if (!isList(name)) return isMomentary(name) && momentary(name).differ(before, now);
    const entries = entriesOf(name);
    const older = essences(inScope(name, list(before), list(now)), entries);
    const newer = essences(list(now), entries);
    const complete = whole && name !== 'neighbours';
    const coveredBefore = (key: string): boolean => known.whole.has(scopeOf(name, key));
    for (const [key, essence] of newer) {
      const had = older.get(key);
      if (had === undefined ? complete && coveredBefore(key) : had !== essence) return true;
    }
    return complete && [...older.keys()].some((key) => !newer.has(key) && coveredBefore(key));
  });
}

/** What of a fact an entry's key is in: a list of the main table is whole without any other table. */
function scopeOf(name: FactName, key: string): string {
  return name === 'routes4' || name === 'routes6' ? `${name} ${key.split(' ')[0] ?? ''}` : name;
}

function familiesIn(addresses: readonly unknown[]): ReadonlySet<4 | 6> {
  return new Set(
    (addresses as readonly LinkAddresses[]).flatMap((one) => one.addresses.map(({ family }) => family)),
  );
}

/** Of a list of one family alone, only what that family says can be otherwise. */
function ofFamilies(told: readonly unknown[], families: ReadonlySet<4 | 6>): readonly unknown[] {
  if (families.size !== 1) return told;
  return (told as readonly LinkAddresses[]).flatMap((one) => {
    const addresses = one.addresses.filter(({ family }) => families.has(family));
    return addresses.length === 0 && one.addresses.length > 0 ? [] : [{ ...one, addresses }];
  });
}

/** `ip -4 addr` says nothing of IPv6: what is known of the family that a piece leaves out stays. */
function withOtherFamily(known: Overlaid, piece: PieceReading): PieceReading {
  const now = piece.snapshot.addresses;
  const families = familiesIn(now?.value ?? []);
  if (piece.everyFamily || now === null || now.value === null || families.size !== 1) return piece;
  const before = new Map((known.snapshot.addresses?.value ?? []).map((one) => [one.name, one.addresses]));
  const value = now.value.map((one): LinkAddresses => {
    const other = (before.get(one.name) ?? []).filter(({ family }) => !families.has(family));
    return other.length === 0 ? one : { ...one, addresses: [...one.addresses, ...other] };
  });
  return { ...piece, snapshot: { ...piece.snapshot, addresses: { ...now, value } } };
}

export function overlay(known: Overlaid, told: PieceReading): Overlaid {
  const piece = withOtherFamily(known, withKnown(known, told));
  const whole = new Set(known.whole);
  const parts = FACT_NAMES.map((name): [FactName, Section<unknown> | null] => {
    const before: Section<unknown> | null = known.snapshot[name];
    const now: Section<unknown> | null = piece.snapshot[name];
    if (now === null) return [name, before];
    if (piece.whole && isList(name))
      for (const entry of list(now.value)) whole.add(scopeOf(name, entriesOf(name).key(entry)));
    if (before === null || before.value === null || now.value === null) return [name, now];
    // What was collected is all that there is of it.
    if (isMomentary(name) && !piece.collected) return [name, momentaryTogether(name, before, now)];
    if (!isList(name)) return [name, now];
    return [
      name,
      {
        ...now,
        evidence: [...before.evidence, ...now.evidence],
        value: union(name, list(before.value), list(now.value), piece.whole),
      },
    ];
  });
  const heads = new Map(
    [...known.snapshot.evidence, ...piece.snapshot.evidence].map((head) => [head.id, head]),
  );
  const { seenAt, at } = piece.snapshot;
  return {
    whole,
    wholeLists: wholeAfter(known.wholeLists, piece),
    snapshot: {
      ...known.snapshot,
      ...(piece.collected ? { meta: piece.snapshot.meta, cutOff: piece.snapshot.cutOff } : {}),
      // Each part laid over its own: TypeScript cannot say so of a loop over names.
      ...(Object.fromEntries(parts) as unknown as NodeFacts),
      seenAt,
      at,
      evidence: [...heads.values()],
    },
  };
}

function union(
  name: keyof typeof LISTS,
  before: readonly unknown[],
  now: readonly unknown[],
  whole: boolean,
): unknown[] {
  const entries = entriesOf(name);
  const newest = new Map(now.map((entry) => [entries.key(entry), entry]));
  const scope = new Set(inScope(name, before, now));
  const kept = before.flatMap((entry) => {
    const key = entries.key(entry);
    const newer = newest.get(key);
    if (newer === undefined) return whole && scope.has(entry) && name !== 'neighbours' ? [] : [entry];
    newest.delete(key);
    return [entries.essence(entry) === entries.essence(newer) ? entries.richer(entry, newer) : newer];
  });
  // Several routes may share a key: those of `now` that none of `before` met come as they are.
  return [...kept, ...now.filter((entry) => newest.has(entries.key(entry)))];
}

/** A list of the main table says nothing of others. */
function inScope(name: FactName, before: readonly unknown[], now: readonly unknown[]): readonly unknown[] {
  if (name !== 'routes4' && name !== 'routes6') return before;
  const tables = new Set((now as readonly Route[]).map(({ table }) => table));
  return (before as readonly Route[]).filter(({ table }) => tables.has(table));
}

function essences(entries: readonly unknown[], { key, essence }: Entries<unknown>): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of entries) {
    const known = found.get(key(entry));
    found.set(key(entry), known === undefined ? essence(entry) : [known, essence(entry)].sort().join());
  }
  return found;
}

function isList(name: FactName): name is keyof typeof LISTS {
  return Object.hasOwn(LISTS, name);
}

function entriesOf(name: keyof typeof LISTS): Entries<unknown> {
  return LISTS[name] as Entries<unknown>;
}

function isMomentary(name: FactName): name is keyof MomentaryFacts {
  return Object.hasOwn(MOMENTARY, name);
}

function momentary(name: keyof MomentaryFacts): {
  readonly differ: (before: unknown, now: unknown) => boolean;
  readonly together: (before: unknown, now: unknown) => unknown;
} {
  return MOMENTARY[name] as never;
}

function momentaryTogether(
  name: keyof MomentaryFacts,
  before: Section<unknown>,
  now: Section<unknown>,
): Section<unknown> {
  const sentences = [...new Set([before.sentence ?? [], now.sentence ?? []].flat())];
  return {
    ...now,
    evidence: [...new Set([...before.evidence, ...now.evidence])],
    value: momentary(name).together(before.value, now.value),
    sentence: sentences.length === 0 ? null : sentences.join(' '),
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** What is told of a table in part takes the place of what was whole. */
function wholeAfter(
  known: ReadonlySet<string>,
  { collected, wholeLists, snapshot }: PieceReading,
): ReadonlySet<string> {
  const told = snapshot.firewall?.value ?? null;
  if (told === null) return new Set([...known, ...wholeLists]);
  const gone = told.tables.flatMap(({ family, name }) => {
    const lists = [`filters nft ${ALL}`, `filters ${family} ${ALL}`, `filters ${family} ${name}`];
    return lists.some((list) => wholeLists.has(list)) ? [] : lists;
  });
  const stays = (list: string): boolean =>
    !gone.includes(list) && !(collected && list.startsWith('filters '));
  return new Set([...[...known].filter(stays), ...wholeLists]);
}
