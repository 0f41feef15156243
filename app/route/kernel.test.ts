// The kernel's own answers (`ip route get fibmatch`) to random queries over random routes and rules, in a namespace
// made for it, against ours over what `ip route show table all` and `ip rule show` print there. They agree in every one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRoutesJson } from '../probe/ip-routes.ts';
import { parseRulesJson } from '../probe/ip-rules.ts';
import type { Route } from '../probe/facts.ts';
import { runs } from '../testing/runs.ts';
import { UNKNOWN_DEVICES } from './devices.ts';
import { Fib } from './fib.ts';
import { flowOf, type Flow } from './flow.ts';
import { receiving, sending, type Errno, type IncomingSettings, type KernelAnswer } from './kernel-lookup.ts';
import { askKernel } from './testing/real-kernel.ts';
import { randomRouting, seededRandom, type RandomQuery } from './testing/random-routing.ts';

const TCP = 6;
const UDP = 17;
/** `ip -6 route get` with an incoming device and no uid: INVALID_UID (inet6_rtm_getroute). */
const NO_UID = 0xffffffff;

const ERRNOS: Readonly<Record<string, Errno>> = {
  'Invalid argument': 'EINVAL',
  'No route to host': 'EHOSTUNREACH',
  'Permission denied': 'EACCES',
  'Network is unreachable': 'ENETUNREACH',
  'Invalid cross-device link': 'EXDEV',
};

/** In the full tier 10,000 routes and 10,000 queries. */
const CASES = Math.min(10_000, runs(400));

describe.each([
  { family: 4, rules: 24, what: 'IPv4 with rules' },
  { family: 4, rules: 0, what: 'IPv4 without rules of one’s own: local and main are one trie' },
  { family: 6, rules: 24, what: 'IPv6 with rules' },
] as const)('$what', ({ family, rules }) => {
  it(`agrees with the kernel in all of ${CASES} queries over ${CASES} random routes`, () => {
    const seed = fc.readConfigureGlobal().seed ?? Date.now() | 0;
    const routing = randomRouting(seededRandom(seed + family + rules), family, {
      routes: CASES,
      queries: CASES,
      rules,
    });
    const kernel = askKernel(routing, family);
    const routes = parseRoutesJson(kernel.routes, family);
    const policy = parseRulesJson(kernel.rules, family);
    if (!routes.ok || !policy.ok) throw new Error('what ip printed was not understood');
    expect([...routes.value.unread, ...policy.value.unread]).toEqual([]);
    // Not all are taken: many are said twice, some the kernel refuses.
    expect(routes.value.entries.length).toBeGreaterThan(CASES / 2);
    expect(policy.value.entries.length).toBeGreaterThan(rules / 2);
    const fib = new Fib(family, routes.value.entries, policy.value.entries, {
      ...UNKNOWN_DEVICES,
      groupOf: (dev) => (dev === 'd2' ? '7' : 'default'),
    });
    const outcomes = new Map<string, number>();
    for (const [at, query] of routing.queries.entries()) {
      const ours = answer(fib, flowFor(query, family), query.iif);
      const theirs = kernel.answers[at];
      const said = theirs?.error ?? theirs?.route ?? '';
      const label = `seed ${seed}, ip -${family} ${query.line}\nkernel: ${said}\nours: ${JSON.stringify(ours)}`;
      if (theirs === undefined) throw new Error('no answer');
      if (theirs.error !== null) {
        expect(errnosOf(ours), label).toContain(ERRNOS[theirs.error]);
        if (ours.kind === 'refused') outcomes.set(ours.why, (outcomes.get(ours.why) ?? 0) + 1);
      } else {
        const [route] = routeOf(theirs.route, family);
        expect(ours.kind === 'route' ? essence(ours.route) : null, label).toEqual(
          route === undefined ? undefined : essence(route),
        );
        if (ours.kind === 'route') outcomes.set(ours.route.type, (outcomes.get(ours.route.type) ?? 0) + 1);
      }
    }
    console.log(
      `  ${family === 4 ? 'IPv4' : 'IPv6'}, seed ${seed}: ${JSON.stringify(Object.fromEntries(outcomes))}`,
    );
    expect(outcomes.get('unicast') ?? 0).toBeGreaterThan(CASES / 50);
  });
});

function answer(fib: Fib, flow: Flow, iif: string | null): KernelAnswer {
  return iif === null ? sending(fib, flow) : receiving(fib, flow, settingsOf(iif));
}

/** With no route to match, fibmatch says so whatever the kernel does then. */
function errnosOf(ours: KernelAnswer): readonly Errno[] {
  if (ours.kind === 'on-link') return ['EHOSTUNREACH'];
  if (ours.kind === 'route') return (ours.refusedBy ?? []).length > 0 ? ['EINVAL'] : [];
  return ours.errnos;
}

function settingsOf(iif: string): IncomingSettings {
  const at = Number(iif.slice(1));
  return {
    forwarding: at !== 3,
    rpFilter: at === 0 ? 0 : at === 1 ? 1 : 2,
    acceptLocal: false,
    routeLocalnet: false,
    srcValidMark: at === 1,
    hasAddress: true,
  };
}

function flowFor(query: RandomQuery, family: 4 | 6): Flow {
  const { dst, src, iif, oif, mark, tos, ipproto, sport, dport, uid } = query;
  const flow = flowOf(dst, src, {
    iif,
    oif,
    mark,
    tos,
    // IPv4's `ip route get` asks for UDP when nothing is said.
    ipproto: ipproto === 'tcp' ? TCP : ipproto === 'udp' || family === 4 ? UDP : 0,
    sport,
    dport,
    uid: uid ?? (iif === null || family === 4 ? 0 : NO_UID),
  });
  if (flow === null) throw new Error(`${dst} from ${src ?? 'any'}`);
  return flow;
}

function routeOf(json: string, family: 4 | 6): Route[] {
  const parsed = parseRoutesJson(json, family);
  if (!parsed.ok) throw new Error(parsed.failure);
  return parsed.value.entries;
}

/** Which route it is. IPv6 lists the paths of one in any order. */
function essence({
  dst,
  type,
  dev,
  via,
  metric,
  tos,
  nexthops,
  proto,
  nexthopId,
  preference,
}: Route): unknown {
  return {
    dst,
    type,
    dev,
    via,
    metric,
    tos,
    proto,
    nexthopId,
    preference,
    nexthops: nexthops.map(({ via: to, dev: by, weight }) => `${by} ${to ?? ''} ${weight}`).toSorted(),
  };
}
