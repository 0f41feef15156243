// What comes in is for this namespace or for others: net/ipv4/route.c ip_route_input_slow, net/ipv6/route.c ip6_route_input.
import { addressText, inPrefix, parsePrefix, type Address } from '../route/address.ts';
import type { Fib } from '../route/fib.ts';
import type { Flow } from '../route/flow.ts';
import { ASSUMED_SETTINGS, incomingSettings } from '../route/incoming-settings.ts';
import { forwarded6, receiving, type IncomingSettings, type KernelAnswer } from '../route/kernel-lookup.ts';
import { isOwnAddress } from './filter-context.ts';
import { flowOfPacket } from './flow-words.ts';
import type { Passage } from './passage.ts';
import {
  mayGoOtherwise,
  notFollowed,
  refusedByRoutes,
  routeName,
  routeWords,
  waysOut,
  type WayOut,
} from './routing.ts';
import { addressesOf } from './source-address.ts';
import {
  evidenceOf,
  passes,
  stops,
  sysctlIn,
  unknown,
  type Ground,
  type Next,
  type StepWords,
  type Walk,
} from './walk.ts';

export interface Directions {
  readonly local: Next;
  readonly forward: (walk: Walk, way: WayOut) => readonly Passage[];
}

export function routeIncoming(
  ground: Ground,
  walk: Walk,
  device: string,
  { local, forward }: Directions,
): readonly Passage[] {
  const { at } = ground;
  const { packet } = walk;
  const { dst, family } = packet;
  const fib = at.fib[family];
  if (isGroup(dst))
    return unknown(walk, {
      stage: 'route',
      sentence: `${addressText(dst)} is for a group of hosts (multicast, broadcast), which is not followed.`,
    });
  if (fib === null) return routesUnread(ground, walk, local);
  if (family === 6 && (isLoopback6(packet.src) || isLoopback6(dst)))
    return stops(walk, 'dropped', isLoopback6(dst) ? 'martian-destination' : 'martian-source', {
      stage: 'route',
      sentence: `::1 never comes in by ${device}: the packet is dropped (martian).`,
    });
  const flow = flowOfPacket(packet, device);
  const read = settingsOf(ground, fib, flow, device);
  const settings = read ?? ASSUMED_SETTINGS;
  const answer = answerOf(ground, fib, flow, settings);
  const looked: Walk = { ...walk, lookups: [...walk.lookups, { flow, answer }] };
  const words = withSettings(ground, routeWords(ground, fib, flow, answer), read, device);
  const isMartian = answer.kind === 'refused' && answer.why.startsWith('martian');
  if (answer.kind !== 'route' && !isMartian && !fib.tables.has('local') && isOwnAddress(at, dst))
    return local(
      passes(looked, { ...words, sentence: `${addressText(dst)} is an address of ${at.name} itself.` }),
    );
  const otherwise = mayGoOtherwise(ground, looked, answer, words);
  if (otherwise !== null) return otherwise;
  if (answer.kind === 'on-link') return unknown(looked, { ...words, sentence: 'No route was found.' });
  if (answer.kind === 'refused')
    return refusedByRoutes(ground, looked, answer, {
      ...words,
      ...settingBehind(ground, answer, family, device),
    });
  const { route } = answer;
  const to = addressText(dst);
  if (route.type === 'local' || route.type === 'anycast' || route.type === 'broadcast')
    return local(passes(looked, { ...words, sentence: `${to} is an address of ${at.name} itself.` }));
  const left = notFollowed(looked, to, route, words);
  if (left !== null) return left;
  const ways = waysOut(route);
  return ways.flatMap((way) => {
    const one: Walk = { ...looked, share: looked.share * way.share };
    if (answer.refusedBy?.includes(way.device) === true) {
      const refusal = {
        kind: 'refused',
        why: 'reverse-path',
        errnos: ['EINVAL'],
        rule: answer.rule,
        route,
      } as const;
      const why = { ...words, ...settingBehind(ground, refusal, family, device) };
      return mayGoOtherwise(ground, one, refusal, why) ?? refusedByRoutes(ground, one, refusal, why);
    }
    return forward(passes(one, { ...words, sentence: wayWords(to, way, ways.length) }), way);
  });
}

/** `192.168.2.3 goes by ens192 to 10.12.22.152: the route 192.168.2.0/24`. */
export function wayWords(to: string, { device, via, route, share }: WayOut, of: number): string {
  const by = via === null ? `straight out of ${device}` : `by ${device} to ${via}`;
  const why = route === null ? '' : `: ${routeName(route)} leads there`;
  const percent = Math.round(share * 100);
  const chance =
    of === 1 ? '' : `, one of ${of} ways of that route, which ${percent} of 100 connections take`;
  return `${to} goes ${by}${why}${chance}.`;
}

function answerOf(ground: Ground, fib: Fib, flow: Flow, settings: IncomingSettings): KernelAnswer {
  // Without table local every address of this namespace would be somebody else's.
  if (!fib.tables.has('local') && isOwnAddress(ground.at, flow.dst)) {
    const found = fib.lookup(flow);
    if (found.kind === 'route') return { ...found, route: { ...found.route, type: 'local' } };
  }
  const answer = receiving(fib, flow, settings);
  return fib.family === 6 ? forwarded6(answer, settings) : answer;
}

/** Null where they were not read. */
function settingsOf({ at }: Ground, fib: Fib, flow: Flow, device: string): IncomingSettings | null {
  if (at.sysctls === null) return null;
  // A VRF takes in what comes in by its devices.
  const dev = fib.vrfOf(flow)?.name ?? device;
  const hasAddress = addressesOf(at.devices.get(dev), 4).length > 0;
  return incomingSettings(at.sysctls, { family: fib.family, dev, hasAddress });
}

function withSettings(
  { at }: Ground,
  words: Omit<StepWords, 'sentence'>,
  read: IncomingSettings | null,
  device: string,
): Omit<StepWords, 'sentence'> {
  if (read !== null) return words;
  const presumed = `The settings of ${device} on ${at.name} were not read: it is presumed that it forwards and filters no sources (rp_filter).`;
  return { ...words, presumed: [...(words.presumed ?? []), presumed] };
}

/** Where a sysctl decided, it is what one looks at. */
function settingBehind(
  { at }: Ground,
  { why }: { readonly why: string },
  family: 4 | 6,
  device: string,
): Partial<StepWords> {
  const path =
    why === 'reverse-path'
      ? `ipv4/conf/${device}/rp_filter`
      : why === 'forwarding-off'
        ? family === 6
          ? 'ipv6/conf/all/forwarding'
          : `ipv4/conf/${device}/forwarding`
        : null;
  return path === null
    ? {}
    : { evidence: evidenceOf(at, 'settings', `routes${family}`), command: sysctlIn(at, path) };
}

/** Its own addresses are known from its devices; where anything else goes is not. */
function routesUnread({ at }: Ground, walk: Walk, local: Next): readonly Passage[] {
  const { dst, family } = walk.packet;
  const to = addressText(dst);
  const unread = `The IPv${family} routes of ${at.name} were not read`;
  if (!isOwnAddress(at, dst))
    return unknown(walk, {
      stage: 'route',
      sentence: `${unread}: where ${to} goes from there is not known.`,
    });
  return local(
    passes(walk, {
      stage: 'route',
      sentence: `${to} is an address of ${at.name} itself.`,
      presumed: [`${unread}: it is presumed that none of them speaks against ${to}.`],
      evidence: evidenceOf(at, 'links'),
    }),
  );
}

function isGroup({ family, words: [first = 0] }: Address): boolean {
  return family === 6 ? first >>> 24 === 0xff : first >>> 28 === 0xe || first === 0xffffffff;
}

const LOOPBACK_6 = parsePrefix('::1/128');

function isLoopback6(address: Address): boolean {
  return LOOPBACK_6 !== null && inPrefix(address, LOOPBACK_6);
}
