// Who is behind a route: what the kernel notes, what BIRD and Kubernetes say of it, whether they agree, and what would be
// used without it. An owner is told, never asserted (FIELD-NOTES §1).
import type { BgpRoute, BirdReading, Route } from '../probe/facts.ts';
import type { Inventory } from '../probe/inventory.ts';
import type { NodeReading } from '../topology/input.ts';
import type { BgpSession, Topology } from '../topology/model.ts';
import type { RouteProvenance, RouteProvenanceRequest } from './explanation.ts';
import { Fib } from './fib.ts';
import { flowOf } from './flow.ts';
import { ipamOf } from './ipam.ts';
import { ownerSentence, routeOwner } from './owner.ts';
import { fibOf, placeOf, type Place } from './place.ts';
import { isRoute, routeText, shownRoute } from './route-text.ts';

type Claim = Extract<RouteProvenance, { ok: true }>['claims'][number];
type BirdVerdict = Extract<RouteProvenance, { ok: true }>['bird'];

export function routeProvenance(
  {
    topology,
    readings,
    inventory,
  }: {
    readonly topology: Topology;
    readonly readings: ReadonlyMap<string, NodeReading>;
    readonly inventory: Inventory | null;
  },
  request: RouteProvenanceRequest,
): RouteProvenance {
  const found = placeOf(topology, request.at);
  if (!found.ok) return { ok: false, sentence: found.failure };
  const place = found.value;
  const { node, forwarding } = place;
  const route = forwarding.routes.find((one) => isRoute(one, request.route));
  if (route === undefined)
    return { ok: false, sentence: `${place.name} has no route ${request.route.dst} any more.` };
  const root = forwarding.netnsId === node.rootNetns;
  const snapshot = root ? (readings.get(node.label)?.snapshot ?? null) : null;
  const reading = snapshot?.bird ?? null;
  const told = reading?.value ?? null;
  const held = told?.routes?.routes.filter(({ dst }) => dst === route.dst) ?? [];
  const primary = held.find((one) => one.primary) ?? held[0] ?? null;
  const session = primary === null ? null : sessionOf(topology, node.id, primary);
  const birdEvidence = reading?.evidence ?? [];
  const kernelEvidence = forwarding.evidence.filter((id) => id.endsWith(`/routes${route.family}`));
  return {
    ok: true,
    route: shownRoute(route),
    claims: [
      { by: 'kernel', sentence: kernelClaim(topology, place, route), evidence: kernelEvidence },
      ...held.map((one): Claim => ({
        by: 'BIRD',
        sentence: birdClaim(topology, node.id, one),
        evidence: [...birdEvidence],
      })),
    ],
    session: session === null ? null : { id: session.id, name: session.name, since: session.changed },
    bird: agreement(route, told, primary),
    ipam: ipamOf(route, node, inventory),
    takeover: takeoverOf(fibOf(forwarding, route.family, snapshot?.links?.value ?? null), place, route),
    evidence: [...kernelEvidence, ...birdEvidence],
  };
}

function kernelClaim(topology: Topology, { forwarding }: Place, route: Route): string {
  const marked = `The kernel has it with protocol ${route.proto}`;
  if (routeOwner(route) === 'kernel' && route.prefsrc !== null) {
    const holder = Object.values(topology.interfaces).find(
      ({ netnsId, until, addresses }) =>
        netnsId === forwarding.netnsId &&
        until === null &&
        addresses.some(({ address }) => address === route.prefsrc),
    );
    const where = holder === undefined ? '' : ` of ${holder.name}`;
    return `${marked}: it came with the address ${route.prefsrc}${where}.`;
  }
  return `${marked} (${ownerSentence(route)}).`;
}

function birdClaim(topology: Topology, nodeId: string, route: BgpRoute): string {
  const { protocol, source, since, from, nexthops, asPath, primary, originatorId } = route;
  const session = sessionOf(topology, nodeId, route);
  const peer = session === null ? null : peerName(topology, session);
  const way = nexthops.map(({ via, dev }) => via ?? dev ?? '').filter((hop) => hop !== '');
  return [
    `BIRD has it from ${protocol}${source === null ? '' : ` (${source})`}`,
    peer === null
      ? ''
      : `, its session with ${peer}${session?.info === 'Established' ? '' : `, which is ${session?.info ?? ''}`}`,
    since === '' ? '' : `, since ${since}`,
    way.length === 0 ? '' : `, by ${way.join(' and ')}`,
    from === null || way.includes(from) ? '' : `, told by ${from}`,
    originatorId === null ? '' : `, reflected; first told by ${originatorId}`,
    asPath.length === 0 ? '' : `, AS path ${asPath.join(' ')}`,
    primary ? '' : '; it is not its best',
    '.',
  ].join('');
}

function sessionOf({ bgp }: Topology, nodeId: string, { protocol, socket }: BgpRoute): BgpSession | null {
  const sessions = Object.values(bgp).filter((one) => one.nodeId === nodeId && one.name === protocol);
  return sessions.find((one) => one.until === null && one.id.endsWith(`@${socket}`)) ?? sessions[0] ?? null;
}

function peerName({ nodes }: Topology, { peerNodeId, peerAddress }: BgpSession): string {
  const label = peerNodeId === null ? undefined : nodes[peerNodeId]?.label;
  return label === undefined
    ? (peerAddress ?? 'a peer')
    : `${label}${peerAddress === null ? '' : ` (${peerAddress})`}`;
}

function agreement(route: Route, told: BirdReading | null, held: BgpRoute | null): BirdVerdict {
  const owner = routeOwner(route);
  if (told === null) {
    return { verdict: 'unknown', sentence: 'BIRD was not read here.' };
  }
  if (held !== null) {
    const same = held.type === route.type && sameWay(route, held);
    if (owner === 'bird')
      return same
        ? { verdict: 'agree', sentence: 'BIRD and the kernel have the same route.' }
        : { verdict: 'apart', sentence: `BIRD goes another way: ${wayOf(held)}.` };
    // BIRD reads what others put into the kernel, and says so.
    return held.source === 'inherit' || held.source === 'device' || held.source === 'pipe'
      ? { verdict: 'agree', sentence: `BIRD knows it from the kernel (${held.protocol}).` }
      : {
          verdict: same ? 'agree' : 'apart',
          sentence: `BIRD has a route of its own to it (${held.protocol}: ${wayOf(held)}), the kernel’s is of protocol ${route.proto}.`,
        };
  }
  if (owner !== 'bird')
    return { verdict: 'not-its-own', sentence: 'BIRD has nothing to it, and it is not marked as BIRD’s.' };
  if (told.state === 'dead')
    return {
      verdict: 'apart',
      sentence: 'BIRD is dead: the kernel keeps what it had put there, and nobody withdraws it.',
    };
  if (told.routes === null)
    return { verdict: 'unknown', sentence: told.sentence ?? 'BIRD’s routes were not read.' };
  if (told.routes.cut)
    return {
      verdict: 'unknown',
      sentence: 'BIRD has more routes than were read: whether this is among them is not known.',
    };
  return {
    verdict: 'apart',
    sentence: 'The kernel has it as BIRD’s, but BIRD no longer has it: it is stale.',
  };
}

/** By the same next hops. */
export function sameWay(route: Route, held: BgpRoute): boolean {
  const kernel = route.nexthops.length > 0 ? route.nexthops : [{ via: route.via, dev: route.dev }];
  const key = ({ via, dev }: { readonly via: string | null; readonly dev: string | null }): string =>
    via ?? dev ?? '';
  const [ours, theirs] = [kernel.map(key).toSorted(), held.nexthops.map(key).toSorted()];
  // BIRD prints no next hop for a blackhole.
  return theirs.length === 0 || ours.join() === theirs.join();
}

function wayOf({ type, nexthops }: BgpRoute): string {
  const hops = nexthops.map(({ via, dev }) => [via, dev].filter((part) => part !== null).join(' dev '));
  return hops.length === 0 ? type : hops.join(', ');
}

/** By a FIB without it, for the first address of its prefix. */
function takeoverOf(
  fib: Fib,
  { forwarding }: Place,
  route: Route,
): Extract<RouteProvenance, { ok: true }>['takeover'] {
  const [address = ''] = route.dst.split('/');
  // What a VRF's own sender would use.
  const vrf = fib.devices.vrfs.find(({ table }) => table === route.table);
  const flow = flowOf(address, null, { tos: route.tos ?? 0, oif: vrf?.name ?? null });
  if (flow === null) return { route: null, sentence: 'What would follow it is not known.' };
  const now = fib.lookup(flow);
  const without = forwarding.routes.filter((one) => one !== route);
  const then = new Fib(route.family, without, forwarding.rules, fib.devices).lookup(flow);
  const next = then.kind === 'none' ? null : then.route;
  // Of a default route not an address but the rest of the world is meant.
  const what = route.dst.endsWith('/0') ? 'what has no route of its own' : address;
  if (now.kind !== 'none' && now.route !== route && now.route !== null)
    return {
      route: shownRoute(now.route),
      sentence: `It is not in use for ${address} even now${fib.rules.length > 3 ? ', for what this machine sends itself without a mark' : ''}: ${routeText(now.route)} is.`,
    };
  if (next === null)
    return {
      route: null,
      sentence:
        then.kind === 'rejected'
          ? `Rule ${then.rule.priority} would reject ${what}.`
          : `Nothing: ${what} would have no way.`,
    };
  const lost = then.kind === 'rejected' ? ', and be lost there' : '';
  return { route: shownRoute(next), sentence: `${what} would follow ${routeText(next)}${lost}.` };
}
