// `ip -j -4|-6 route show table all` (iproute2 ip/iproute.c print_route).
// What iproute2 leaves out has a meaning: no type is unicast, no table main, no protocol boot (RTPROT_BOOT, 3),
// no IPv4 scope global. Its text form is read by ip-routes-text.ts.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import type { Route } from './facts.ts';
import { routeExtras, routePrefix } from './route-extras.ts';
import { parseToolJson } from './tool-json.ts';
import { EntryList, type ReadEntries } from './unread.ts';

const text = z.union([z.string(), z.number()]).transform(String);
const via = z.object({ host: z.string().optional() });
const nexthopSchema = z.looseObject({
  gateway: z.string().optional(),
  via: via.optional(),
  dev: z.string().optional(),
  weight: z.number().optional(),
  flags: z.array(z.string()).optional(),
});
const routeSchema = z.looseObject({
  type: z.string().optional(),
  dst: z.string(),
  gateway: z.string().optional(),
  /** A next hop of the other family (RFC 5549). */
  via: via.optional(),
  dev: z.string().optional(),
  table: text.optional(),
  protocol: text.optional(),
  scope: text.optional(),
  metric: z.number().optional(),
  prefsrc: z.string().optional(),
  flags: z.array(z.string()).optional(),
  nexthops: z.array(nexthopSchema).optional(),
  tos: z.string().optional(),
  pref: z.string().optional(),
  from: z.string().optional(),
  nhid: z.number().optional(),
  metrics: z.array(z.looseObject({ mtu: z.number().optional() })).optional(),
  encap: z.string().optional(),
});
type RouteEntry = z.infer<typeof routeSchema>;

/** What is there and decides nothing about which route wins: timers, realms, users of a cached route. */
const ASIDE = ['expires', 'flow', 'uid', 'ttl-propogate', 'ttl-propagate', 'users', 'error', 'age', 'used'];
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(routeSchema.shape), ...ASIDE]);
const KNOWN_OF_HOP: ReadonlySet<string> = new Set([...Object.keys(nexthopSchema.shape), 'flow', 'encap']);

/**
 * Encapsulation prints members of its own among the route's, `dst`, `tos` and others a second time (iproute2 ip/iproute_lwtunnel.c):
 * they become part of its word, so that a route keeps its own.
 */
const ENCAP =
  /"encap":"([a-z0-9]+)"((?:,"(?:id|ttl|hoplimit|tc|tos)":\d+|,"(?:src|dst|mode)":"[^"\\]*"|,"segs":\[[^\]]*\])*)/g;

const MEMBER = /"([a-z]+)":(?:"?([^",[\]]*)"?|\[([^\]]*)\])(?=,|$)/g;

function withEncapInOne(output: string): string {
  if (!output.includes('"encap":')) return output;
  return output.replace(ENCAP, (_, kind: string, members: string) => {
    const words = [...members.matchAll(MEMBER)].map(([, name = '', text, list]) => {
      const value = text ?? list?.replaceAll(/[",]+/g, ' ').trim() ?? '';
      return `${name} ${value}`;
    });
    return `"encap":${JSON.stringify([kind, ...words].join(' '))}`;
  });
}

export function parseRoutesJson(output: string, family: 4 | 6): Result<ReadEntries<Route>, string> {
  const json = parseToolJson(withEncapInOne(output));
  if (!json.ok) return json;
  if (!Array.isArray(json.value)) return fail('not a list of routes');
  const routes = new EntryList<Route>();
  for (const [at, value] of json.value.entries()) {
    const where = `entry ${at + 1}`;
    const parsed = routeSchema.safeParse(value);
    // A form of encapsulation that was not put into one word has written its own `dst` over the route's.
    const lost = parsed.success && /^(ip6?|mpls|seg6local)$/.test(parsed.data.encap ?? '');
    const dst = parsed.success && !lost ? routePrefix(parsed.data.dst, family) : null;
    if (!parsed.success || dst === null) {
      // A route that was deleted while it was listed is printed as {}.
      if (JSON.stringify(value) !== '{}') routes.notUnderstood(where, JSON.stringify(value));
      continue;
    }
    routes.entries.push(routeOf(parsed.data, dst, family));
    const strange = strangeKeys(parsed.data);
    if (strange.length > 0)
      routes.notUnderstood(where, `${strange.join(' ')} (of ${parsed.data.dst.slice(0, 60)})`);
  }
  return ok(routes);
}

function routeOf(entry: RouteEntry, dst: string, family: 4 | 6): Route {
  const mtu = entry.metrics?.find((metric) => metric.mtu !== undefined)?.mtu;
  return {
    dst,
    family,
    type: entry.type ?? 'unicast',
    dev: entry.dev ?? null,
    via: entry.gateway ?? entry.via?.host ?? null,
    proto: entry.protocol ?? 'boot',
    scope: entry.scope ?? (family === 4 ? 'global' : null),
    table: entry.table ?? 'main',
    metric: entry.metric ?? 0,
    prefsrc: entry.prefsrc ?? null,
    flags: entry.flags ?? [],
    nexthops: (entry.nexthops ?? []).map(({ gateway, via, dev, weight, flags }) => ({
      via: gateway ?? via?.host ?? null,
      dev: dev ?? '',
      weight: weight ?? 1,
      ...(flags === undefined || flags.length === 0 ? {} : { flags }),
    })),
    ...routeExtras({ tos: entry.tos, pref: entry.pref, from: entry.from, nhid: entry.nhid, mtu }),
    ...(entry.encap === undefined ? {} : { encap: entry.encap }),
  };
}

function strangeKeys(entry: RouteEntry): string[] {
  return [
    ...Object.keys(entry).filter((key) => !KNOWN.has(key)),
    ...(entry.nexthops ?? []).flatMap((hop) =>
      Object.keys(hop)
        .filter((key) => !KNOWN_OF_HOP.has(key))
        .map((key) => `nexthop ${key}`),
    ),
  ];
}
