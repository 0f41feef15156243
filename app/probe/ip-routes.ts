// `ip -j -4|-6 route show table all` (iproute2 ip/iproute.c print_route) and its text form.
// What iproute2 leaves out has a meaning: no type is unicast, no table main, no protocol boot (RTPROT_BOOT, 3),
// no IPv4 scope global. BusyBox (networking/libiproute/iproute.c) leaves out every protocol.
import { z } from 'zod';
import { fail, ok, type Result } from '../result.ts';
import { UNKNOWN_PROTO, type Route } from './facts.ts';
import { parseToolJson } from './tool-json.ts';

const text = z.union([z.string(), z.number()]).transform(String);
const via = z.object({ host: z.string().optional() });
const nexthopSchema = z.object({
  gateway: z.string().optional(),
  via: via.optional(),
  dev: z.string().optional(),
  weight: z.number().optional(),
});
const routeSchema = z.object({
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
});

export function parseRoutesJson(output: string, family: 4 | 6): Result<Route[], string> {
  const json = parseToolJson(output);
  if (!json.ok) return json;
  const entries = z.array(z.union([routeSchema, z.strictObject({})])).safeParse(json.value);
  if (!entries.success) return fail(z.prettifyError(entries.error).slice(0, 300));
  const routes: Route[] = [];
  for (const entry of entries.data) {
    if (!('dst' in entry)) continue;
    routes.push({
      dst: cidr(entry.dst, family),
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
      nexthops: (entry.nexthops ?? []).map((hop) => ({
        via: hop.gateway ?? hop.via?.host ?? null,
        dev: hop.dev ?? '',
        weight: hop.weight ?? 1,
      })),
    });
  }
  return ok(routes);
}

const TYPES = new Set(
  'unicast local broadcast multicast throw unreachable prohibit blackhole nat anycast none'.split(' '),
);
const FLAGS = new Set([
  'linkdown',
  'dead',
  'onlink',
  'pervasive',
  'offload',
  'trap',
  'notify',
  'rt_offload',
  'rt_trap',
]);

export function parseRoutesText(output: string, family: 4 | 6): Route[] {
  const routes: Route[] = [];
  // All tables were asked for, and in `local` the kernel's own protocol stands: where none does, ip prints none.
  const unsaid = / proto /.test(output) ? 'boot' : UNKNOWN_PROTO;
  for (const line of output.split('\n')) {
    const words = line.trim().split(/\s+/);
    if (/^\s+nexthop /.test(line)) {
      const route = routes.at(-1);
      if (!route) continue;
      const hop = {
        via: after(words, 'via', 'inet6', 'inet'),
        dev: after(words, 'dev') ?? '',
        weight: Number(after(words, 'weight') ?? 1) || 1,
      };
      routes[routes.length - 1] = { ...route, nexthops: [...route.nexthops, hop] };
      continue;
    }
    if (/^\s/.test(line)) continue;
    const type = TYPES.has(words[0] ?? '') ? words.shift() : undefined;
    const dst = words.shift();
    if (dst === undefined || !/^(default$|[0-9a-f.:]+(\/\d+)?$)/.test(dst)) continue;
    routes.push({
      dst: cidr(dst, family),
      family,
      type: type ?? 'unicast',
      dev: after(words, 'dev'),
      via: after(words, 'via', 'inet6', 'inet'),
      proto: after(words, 'proto') ?? unsaid,
      scope: after(words, 'scope') ?? (family === 4 ? 'global' : null),
      table: after(words, 'table') ?? 'main',
      metric: Number(after(words, 'metric') ?? 0) || 0,
      prefsrc: after(words, 'src'),
      flags: words.filter((word) => FLAGS.has(word)),
      nexthops: [],
    });
  }
  return routes;
}

function cidr(dst: string, family: 4 | 6): string {
  if (dst === 'default') return family === 4 ? '0.0.0.0/0' : '::/0';
  return dst.includes('/') ? dst : `${dst}/${family === 4 ? 32 : 128}`;
}

function after(words: readonly string[], key: string, ...skip: readonly string[]): string | null {
  const at = words.indexOf(key);
  if (at < 0) return null;
  const next = words[at + 1];
  return (next !== undefined && skip.includes(next) ? words[at + 2] : next) ?? null;
}
