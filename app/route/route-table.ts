// One routing table: of the prefixes that contain an address the longest whose routes can be used, and of its routes
// the one the kernel prefers.
import type { Route } from '../probe/facts.ts';
import { inPrefix, parsePrefix, type Prefix } from './address.ts';
import type { Flow } from './flow.ts';
import { PrefixTable } from './prefix-table.ts';
import { sourceOf, tableName, tosOf } from './rule-match.ts';

export interface TableAnswer {
  readonly route: Route;
  readonly type: string;
  /** Bits of its prefix. */
  readonly length: number;
}

interface Entry extends TableAnswer {
  readonly prefix: Prefix;
  /** IPv6 subtrees. */
  readonly from: Prefix | null;
}

/** A route that contains the address, and why it cannot be used; null when it can. */
export interface Candidate {
  readonly route: Route;
  readonly length: number;
  readonly unusable: string | null;
}

export class RouteTable {
  /** Somebody beside the kernel said what is this machine's own. */
  readonly hasOwnLocalRoutes: boolean;
  readonly #family: 4 | 6;
  readonly #prefixes: PrefixTable;
  /** In the order of the prefixes; those of one prefix in the kernel's order. */
  readonly #entries: readonly Entry[];
  /** Where the routes of a prefix begin; one more at the end. */
  readonly #begin: Uint32Array;

  /** @param routes of that family, in the order in which ip listed them. Those without a readable prefix are left out. */
  constructor(family: 4 | 6, routes: readonly Route[]) {
    this.#family = family;
    this.hasOwnLocalRoutes = routes.some(
      ({ type, proto }) => type === 'local' && proto !== 'kernel' && proto !== '2',
    );
    const byPrefix = new Map<string | number, [Entry, ...Entry[]]>();
    for (const route of routes) {
      const prefix = parsePrefix(route.dst);
      if (prefix?.family !== family) continue;
      const from = route.from === undefined ? null : parsePrefix(route.from);
      const entry = { route, type: route.type, length: prefix.length, prefix, from };
      const key = family === 4 ? (prefix.words[0] ?? 0) * 64 + prefix.length : route.dst;
      const before = byPrefix.get(key);
      if (before === undefined) byPrefix.set(key, [entry]);
      else before.push(entry);
    }
    const order = family === 4 ? preferred4 : preferred6;
    const lists = [...byPrefix.values()];
    for (const list of lists) if (list.length > 1) list.sort(order);
    const entries: Entry[] = [];
    this.#begin = new Uint32Array(lists.length + 1);
    this.#prefixes = new PrefixTable(
      lists.map(([entry]) => entry.prefix),
      (sorted) => {
        for (const [at, index] of sorted.entries()) {
          entries.push(...(lists[index] ?? []));
          this.#begin[at + 1] = entries.length;
        }
      },
    );
    this.#entries = entries;
  }

  lookup(flow: Flow): TableAnswer | null {
    let at = this.#prefixes.longest(flow.dst.words);
    let first = true;
    while (at >= 0) {
      if (first && this.#hidden6(at, flow)) {
        at = this.#prefixes.shorter(at);
        continue;
      }
      first = false;
      const found = this.#family === 4 ? this.#first4(at, flow) : this.#best6(at, flow);
      if (found === 'leaf-missed') {
        // Every path of a nexthop object is unusable: fib_table_lookup leaves the whole leaf, in which all prefixes
        // that begin with the same address are.
        let next = this.#prefixes.shorter(at);
        while (next >= 0 && this.#prefixes.sameStart(at, next)) next = this.#prefixes.shorter(next);
        at = next;
        continue;
      }
      if (found !== null) return found;
      at = this.#prefixes.shorter(at);
    }
    return null;
  }

  /** Every route that contains the address, longest prefix first, in the kernel's order. */
  *candidates(flow: Flow): Generator<Candidate> {
    for (let at = this.#prefixes.longest(flow.dst.words); at >= 0; at = this.#prefixes.shorter(at)) {
      const hidden = this.#hidden6(at, flow) ? 'routes of this prefix for other sources hide it' : null;
      for (const entry of this.#entriesOf(at)) {
        const { route, length } = entry;
        yield { route, length, unusable: this.#against(entry, flow) ?? hidden };
      }
    }
  }

  #entriesOf(at: number): readonly Entry[] {
    return this.#entries.slice(this.#begin[at], this.#begin[at + 1]);
  }

  #first4(at: number, flow: Flow): TableAnswer | 'leaf-missed' | null {
    const end = this.#begin[at + 1] ?? 0;
    for (let index = this.#begin[at] ?? 0; index < end; index += 1) {
      const entry = this.#entries[index];
      if (entry === undefined) break;
      const { route } = entry;
      if (route.tos !== undefined && route.tos !== tosOf(flow)) continue;
      if (REJECTS.has(route.type) || this.#usable(route, flow)) return entry;
      if (route.nexthopId !== undefined && !route.flags.includes('dead')) return 'leaf-missed';
    }
    return null;
  }

  /**
   * IPv6 subtrees: where a prefix has routes for sources, and none for this one, the kernel does not find those for every source
   * (fib6_node_lookup_1), but for the default routes, to which it comes in the end, and for prefixes that it comes back to.
   */
  #hidden6(at: number, flow: Flow): boolean {
    if (this.#family === 4) return false;
    const begin = this.#begin[at] ?? 0;
    const end = this.#begin[at + 1] ?? 0;
    let forOthers = false;
    for (let index = begin; index < end; index += 1) {
      const { from = null, length = 0 } = this.#entries[index] ?? {};
      if (from === null) continue;
      if (length === 0 || inPrefix(sourceOf(flow), from)) return false;
      forOthers = true;
    }
    return forOthers;
  }

  /** Of the lowest metric that has a usable route, the one with the best router preference (rt6_score_route). */
  #best6(at: number, flow: Flow): TableAnswer | null {
    const all = this.#entriesOf(at);
    const [only] = all;
    if (all.length === 1 && only !== undefined) return this.#against(only, flow) === null ? only : null;
    const entries = all.filter(({ from }) => from === null || inPrefix(sourceOf(flow), from));
    // Of the subtrees the one with the longest source prefix comes first.
    const lengths = [...new Set(entries.map(({ from }) => from?.length ?? 0))].toSorted((a, b) => b - a);
    for (const length of lengths) {
      const same = entries.filter(({ from }) => (from?.length ?? 0) === length);
      const lowest = same[0]?.route.metric;
      const best =
        this.#highest6(
          same.filter(({ route }) => route.metric === lowest),
          flow,
        ) ??
        // With none of the lowest metric the others compete by preference, whatever their metrics (find_rr_leaf).
        this.#highest6(same, flow);
      if (best !== null) return best;
    }
    return null;
  }

  #highest6(entries: readonly Entry[], flow: Flow): TableAnswer | null {
    let best: TableAnswer | null = null;
    let most = -1;
    for (const entry of entries) {
      const score = this.#against(entry, flow) === null ? this.#score6(entry.route, flow) : -1;
      if (score <= most) continue;
      best = entry;
      most = score;
    }
    return best;
  }

  /**
   * rt6_score_route without the state of neighbours, which counts only where nothing is forwarded. What comes in is
   * scored as if it had to leave by the same device (ip6_pol_route_input).
   */
  #score6({ preference, dev, nexthops }: Route, { oif, iif }: Flow): number {
    const wanted = oif ?? iif;
    const leaves =
      wanted === null ||
      dev === wanted ||
      nexthops.some((hop) => hop.dev === wanted && hop.flags?.includes('dead') !== true);
    return (leaves ? 2 : 0) + (preference === 'high' ? 3 : preference === 'low' ? 1 : 2) * 4;
  }

  #against({ route, from }: Entry, flow: Flow): string | null {
    if (from !== null && !inPrefix(sourceOf(flow), from)) return `only from ${route.from ?? ''}`;
    if (this.#family === 4 && route.tos !== undefined && route.tos !== tosOf(flow))
      return `only for tos 0x${route.tos.toString(16)}`;
    const rejects = REJECTS.has(route.type) && (this.#family === 4 || insists(flow) === null);
    if (rejects || this.#usable(route, flow)) return null;
    const oif = insists(flow);
    const dead = route.nexthops.length === 0 ? route.flags.includes('dead') : oif === null;
    return dead || oif === null ? 'its way out is dead: no carrier' : `it does not leave by ${oif}`;
  }

  /** One path that is alive is enough (fib_lookup_good_nhc). */
  #usable(route: Route, flow: Flow): boolean {
    const oif = insists(flow);
    if (route.nexthops.length === 0) return this.#good(route.dev, route.flags, oif);
    for (const hop of route.nexthops) if (this.#good(hop.dev, hop.flags ?? NO_FLAGS, oif)) return true;
    return false;
  }

  /** A device without carrier counts, until ip says `dead` as well (ignore_routes_with_linkdown). */
  #good(dev: string | null, flags: readonly string[], oif: string | null): boolean {
    return (oif === null || dev === oif) && !flags.includes('dead');
  }
}

/** Paths of a multipath route that are not dead. */
export function livingPaths({ nexthops }: Pick<Route, 'nexthops'>): Route['nexthops'] {
  return nexthops.filter(({ flags }) => flags?.includes('dead') !== true);
}

/** The device that a route must leave by. For IPv6 only while the sender has no source yet (RT6_LOOKUP_F_IFACE). */
function insists({ oif, src, dst }: Flow): string | null {
  return dst.family === 6 && src !== null ? null : oif;
}

const NO_FLAGS: readonly string[] = [];

/** Types with an error of their own (fib_props). */
const REJECTS: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw']);

/** fib_find_alias: table local before main where they are one, tos falling, metric rising. */
function preferred4(a: Entry, b: Entry): number {
  const local = Number(isLocal(b)) - Number(isLocal(a));
  return local || (b.route.tos ?? 0) - (a.route.tos ?? 0) || a.route.metric - b.route.metric;
}

function preferred6(a: Entry, b: Entry): number {
  return a.route.metric - b.route.metric;
}

function isLocal({ route }: Entry): boolean {
  return tableName(route.table) === 'local';
}
