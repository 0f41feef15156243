// `birdcl show route … all`, as BIRD 2 (nest/rt-show.c rt_show_rte, nest/rt-attr.c) and BIRD 1.6 (nest/rt-table.c
// rt_show_rte) print it. BIRD 2 puts next hops on lines of their own, 1.6 the only one on the route's line.
import { LONGEST_LINE } from './birdcl-protocols.ts';
import type { BgpRoute, UnreadLine } from './facts.ts';

/** The output does not say which socket it came from, nor the clock by which `since` is. */
export type PrintedRoute = Omit<BgpRoute, 'socket' | 'sinceAt'>;

export interface BirdRoutes {
  readonly routes: readonly PrintedRoute[];
  readonly unread: readonly UnreadLine[];
}

const UNREAD_KEPT = 20;

const VIA = /^via ([0-9a-fA-F.:]+)(?: on (\S+))?/;
const DEV = /^dev (\S+)/;
const TELLER = /^([0-9a-fA-F.:]+)(?:%\S+)?$/;

export function parseBirdRoutes(text: string): BirdRoutes {
  const routes: PrintedRoute[] = [];
  const unread: UnreadLine[] = [];
  let table: string | null = null;
  let dst = '';
  let current: Draft | null = null;
  const flush = (): void => {
    if (current !== null) routes.push(current);
    current = null;
  };
  text.split('\n').forEach((whole, at) => {
    const line = whole.slice(0, LONGEST_LINE);
    if (line.trim() === '' || /^BIRD \S+ ready\.|^Access restricted$/.test(line)) return;
    const named = /^Table (\S+):$/.exec(line);
    if (named !== null) {
      flush();
      table = named[1] ?? null;
      return;
    }
    if (line.startsWith('\t') && current !== null) {
      if (detail(current, line.trim())) return;
    } else {
      const route = routeLine(line);
      // Further routes to one destination leave it out.
      if (route !== null && (route.dst !== '' || dst !== '')) {
        flush();
        dst = route.dst || dst;
        current = draft(table, dst, route);
        return;
      }
    }
    if (unread.length < UNREAD_KEPT) unread.push({ line: at + 1, text: line.slice(0, 200) });
  });
  flush();
  return { routes, unread };
}

interface RouteLine {
  /** Empty where it is that of the line before. */
  readonly dst: string;
  readonly how: string;
  readonly protocol: string;
  readonly since: string;
  readonly from: string | null;
  /** What stands behind the brackets. */
  readonly rest: string;
}

/**
 * `192.168.2.0/24       unicast [Mesh_10_12_22_152 08:19:53.766 from 10.12.22.77] * (100/0) [AS64512i]`; null for anything else.
 * Cut at the brackets first: one expression for all of it would go through a row of blanks again and again.
 */
function routeLine(line: string): RouteLine | null {
  const open = line.indexOf('[');
  const close = line.indexOf(']', open);
  if (open === -1 || close === -1) return null;
  const [dst = ''] = /^\S*/.exec(line) ?? [];
  const how = line.slice(dst.length, open).trim();
  const [protocol = '', ...words] = line.slice(open + 1, close).split(' ');
  if (dst.length >= open || how === '' || !/^\S+$/.test(protocol) || words.length === 0) return null;
  const [, from = null] = (words.at(-2) === 'from' && TELLER.exec(words.at(-1) ?? '')) || [];
  const since = (from === null ? words : words.slice(0, -2)).join(' ').trim();
  return { dst, how, protocol, since, from, rest: line.slice(close + 1) };
}

type Draft = { -readonly [K in keyof PrintedRoute]: PrintedRoute[K] } & {
  readonly nexthops: PrintedRoute['nexthops'][number][];
  readonly communities: string[];
};

function draft(table: string | null, dst: string, { how, protocol, since, from, rest }: RouteLine): Draft {
  const via = VIA.exec(how);
  const dev = DEV.exec(how);
  return {
    table,
    dst,
    type: how === 'blackhole' || how === 'unreachable' || how === 'prohibit' ? how : 'unicast',
    protocol,
    source: null,
    since,
    from,
    nexthops:
      via !== null
        ? [{ via: via[1] ?? null, dev: via[2] ?? null }]
        : dev !== null
          ? [{ via: null, dev: dev[1] ?? null }]
          : [],
    primary: /^ \*/.test(rest),
    preference: Number(/\((\d{1,9})/.exec(rest)?.[1] ?? Number.NaN) || null,
    asPath: [],
    localPref: null,
    bgpNextHop: null,
    communities: [],
    originatorId: null,
    clusterList: [],
  };
}

/** False when it is nothing that BIRD prints below a route. */
function detail(route: Draft, text: string): boolean {
  const via = VIA.exec(text);
  const dev = DEV.exec(text);
  if (via !== null || dev !== null) {
    route.nexthops.push({ via: via?.[1] ?? null, dev: via?.[2] ?? dev?.[1] ?? null });
    return true;
  }
  const [told, key = ''] = /^([A-Za-z][\w.]*):/.exec(text) ?? [];
  if (told === undefined) return false;
  const value = text.slice(told.length).trim();
  const parts = value.split(/\s+/).filter((part) => part !== '');
  switch (key) {
    case 'Type':
      route.source = parts[0] ?? null;
      break;
    case 'BGP.as_path':
      route.asPath = parts;
      break;
    case 'BGP.next_hop':
      route.bgpNextHop = parts[0] ?? null;
      break;
    case 'BGP.local_pref':
      route.localPref = /^\d{1,10}$/.test(value) ? Number(value) : null;
      break;
    case 'BGP.community':
    case 'BGP.large_community':
    case 'BGP.ext_community':
      for (const community of value.match(/\([^()]*\)/g) ?? []) route.communities.push(community);
      break;
    case 'BGP.originator_id':
      route.originatorId = parts[0] ?? null;
      break;
    case 'BGP.cluster_list':
      route.clusterList = parts;
      break;
    // Whatever else BIRD says of a route (igp_metric, origin, atomic_aggr, …) decides nothing here.
    default:
  }
  return true;
}
