// A packet that a process here sends: net/ipv4/route.c ip_route_output_key, net/ipv4/fib_semantics.c fib_result_prefsrc, then
// net/ipv4/ip_output.c __ip_local_out. Rules in OUTPUT that change mark or destination make the kernel look again (ip_route_me_harder).
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { Route } from '../probe/facts.ts';
import { addressText, isUnspecified, parseAddress, sameAddress, type Address } from '../route/address.ts';
import type { Fib } from '../route/fib.ts';
import type { Flow } from '../route/flow.ts';
import { sending, type KernelAnswer } from '../route/kernel-lookup.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import { isOwnAddress } from './filter-context.ts';
import { flowOfPacket, packetText } from './flow-words.ts';
import { fit, ttlExceeded } from './forward.ts';
import { wayWords } from './incoming.ts';
import type { TracedPacket } from './packet.ts';
import type { Passage } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import { mayGoOtherwise, notFollowed, refusedByRoutes, routeWords, waysOut, type WayOut } from './routing.ts';
import { scopeNumber, selectSource4, selectSource6 } from './source-address.ts';
import { track } from './track.ts';
import { evidenceOf, passes, unknown, type Ground, type Next, type Walk } from './walk.ts';

type ByWay = (walk: Walk, way: WayOut) => readonly Passage[];

/** @param next gets the packet behind the rules for what is sent, with the way that it takes. */
export function send(ground: Ground, walk: Walk, next: ByWay): readonly Passage[] {
  return chooseWay(ground, walk, (chosen, way) => {
    const sourced = withSource(ground, chosen, way);
    if (sourced === null)
      return unknown(chosen, {
        stage: 'send',
        sentence: `${ground.at.name} has no address to send from by ${way.device}.`,
      });
    const asked: Walk = { ...sourced, packet: { ...sourced.packet, routeMark: undefined } };
    const begun = passes(asked, {
      stage: 'send',
      sentence: `${ground.at.name} sends ${packetText(sourced.packet)}.`,
    });
    return fit(ground, begun, way, 'send', (fitting) =>
      track(ground, { ...fitting, packet: { ...fitting.packet, oif: way.device } }, (tracked) =>
        passFilters(ground, 'output', tracked, (passed) =>
          mustLookAgain(ground.at.filters, tracked.packet, passed)
            ? chooseWay(ground, passed, (again, other) =>
                fit(ground, again, other, 'transmit', (one) => next(one, other)),
              )
            : next(passed, way),
        ),
      ),
    );
  });
}

/**
 * What IPVS sends on (net/netfilter/ipvs/ip_vs_xmit.c ip_vs_nat_xmit): its route is asked for as if it had no source yet; then it counts
 * as a hop, and passes the rules for what is sent.
 * @param local gets what stays here after all.
 */
export function sendOn(ground: Ground, walk: Walk, local: Next, next: ByWay): readonly Passage[] {
  const { src, ttl } = walk.packet;
  const unspecified = { ...src, words: new Uint32Array(src.words.length) };
  const asked = { ...walk, packet: { ...walk.packet, src: unspecified } };
  return chooseWay(ground, asked, (chosen, way) => {
    const onward: Walk = { ...chosen, packet: { ...chosen.packet, src } };
    if (way.device === 'lo') return local(onward);
    if (ttl <= 1) return ttlExceeded(ground, onward);
    return fit(ground, onward, way, 'forward', (fitting) =>
      passFilters(
        ground,
        'output',
        { ...fitting, packet: { ...fitting.packet, ttl: ttl - 1, oif: way.device } },
        (passed) => next(passed, way),
      ),
    );
  });
}

function chooseWay(ground: Ground, walk: Walk, next: ByWay): readonly Passage[] {
  const { at } = ground;
  const { dst, family } = walk.packet;
  const to = addressText(dst);
  const fib = at.fib[family];
  if (fib === null) return onlyWay(ground, walk, next);
  const flow = flowOfPacket(walk.packet, null);
  const answer = answerOf(ground, fib, flow);
  const looked: Walk = { ...walk, lookups: [...walk.lookups, { flow, answer }] };
  const words = routeWords(ground, fib, flow, answer);
  if (answer.kind !== 'route' && !fib.tables.has('local') && isOwnAddress(at, dst))
    return onlyWay(ground, walk, next);
  const otherwise = mayGoOtherwise(ground, looked, answer, words);
  if (otherwise !== null) return otherwise;
  if (answer.kind === 'on-link')
    return unknown(looked, { ...words, sentence: `No route was found for ${to}.` });
  if (answer.kind === 'refused') return refusedByRoutes(ground, looked, answer, words);
  const { route } = answer;
  if (route.type === 'local' || route.type === 'anycast')
    return next(passes(looked, { ...words, sentence: `${to} is an address of ${at.name} itself.` }), {
      device: 'lo',
      via: null,
      share: 1,
      route: { ...route, dev: 'lo' },
    });
  const left = notFollowed(looked, to, route, words);
  if (left !== null) return left;
  const ways = waysOut(route);
  return ways.flatMap((way) =>
    next(
      passes(
        { ...looked, share: looked.share * way.share },
        { ...words, sentence: wayWords(to, way, ways.length) },
      ),
      way,
    ),
  );
}

function answerOf({ at }: Ground, fib: Fib, flow: Flow): KernelAnswer {
  if (fib.tables.has('local')) return sending(fib, flow);
  // Without table local every address of this namespace would be somebody else's.
  const found = fib.lookup(flow);
  if (found.kind === 'route' && isOwnAddress(at, flow.dst))
    return { ...found, route: { ...found.route, type: 'local' } };
  return found.kind === 'route' ? found : sending(fib, { ...flow, src: null });
}

/** Where no routes were read and there is one device only, nothing else can be meant. */
function onlyWay(ground: Ground, walk: Walk, next: ByWay): readonly Passage[] {
  const { at } = ground;
  const { dst, family } = walk.packet;
  const to = addressText(dst);
  const unread = `The IPv${family} routes of ${at.name} were not read`;
  if (isOwnAddress(at, dst))
    return next(
      passes(walk, {
        stage: 'route',
        sentence: `${to} is an address of ${at.name} itself.`,
        evidence: evidenceOf(at, 'links'),
      }),
      { device: 'lo', via: null, share: 1, route: null },
    );
  const others = [...at.devices.values()].filter(({ kind, name }) => kind !== 'loopback' && name !== 'lo');
  const [only] = others;
  if (only === undefined || others.length > 1)
    return unknown(walk, {
      stage: 'route',
      sentence: `${unread}: which way ${to} goes from there is not known.`,
    });
  return next(
    passes(walk, {
      stage: 'route',
      sentence: `${to} goes by ${only.name}, the only device of ${at.name}.`,
      presumed: [`${unread}: it is presumed that they lead ${to} out of ${only.name}.`],
      evidence: evidenceOf(at, 'links'),
    }),
    { device: only.name, via: null, share: 1, route: null },
  );
}

/** With the source that the kernel chooses, where none is chosen yet; null: there is none. */
function withSource({ at }: Ground, walk: Walk, way: WayOut): Walk | null {
  const { packet } = walk;
  if (!isUnspecified(packet.src)) return walk;
  const src = sourceFor(at.devices.get(way.device), packet.dst, way, (device) =>
    packet.family === 6
      ? selectSource6(at, device, packet.dst)
      : selectSource4(
          at,
          device,
          way.via === null ? null : parseAddress(way.via),
          scopeNumber(way.route?.scope ?? null),
        ),
  );
  return src === null ? null : { ...walk, packet: { ...packet, src } };
}

function sourceFor(
  device: InterfaceEntity | undefined,
  dst: Address,
  { route, device: name }: WayOut,
  select: (device: string) => Address | null,
): Address | null {
  const preferred = preferredSource(route);
  if (preferred !== null) return preferred;
  // What is sent to oneself comes from the address that it is sent to.
  if (route?.type === 'local' || name === 'lo') return dst;
  return select(device?.name ?? name);
}

function preferredSource(route: Route | null): Address | null {
  return route === null || route.prefsrc === null ? null : parseAddress(route.prefsrc);
}

/** A new destination always; a new mark where a chain of type route (mangle) set it. */
function mustLookAgain(
  filters: FirewallReading | null,
  before: TracedPacket,
  { packet, steps }: Walk,
): boolean {
  if (!sameAddress(before.dst, packet.dst)) return true;
  if (filters === null || (before.mark === packet.mark && before.tos === packet.tos)) return false;
  const routing = new Set(
    filters.tables.flatMap(({ name, chains }) =>
      chains.some(({ hook }) => hook?.hook === 'output' && hook.type === 'route') ? [name] : [],
    ),
  );
  return steps.some(
    ({ stage, rules }) => stage === 'output' && rules.some(({ table }) => routing.has(table)),
  );
}
