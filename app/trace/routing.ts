// What a namespace's routes make of a packet, in a step's words.
import type { PolicyRule, Route } from '../probe/facts.ts';
import { addressText } from '../route/address.ts';
import type { Fib } from '../route/fib.ts';
import type { Flow } from '../route/flow.ts';
import type { KernelAnswer, Refusal } from '../route/kernel-lookup.ts';
import { ownerSentence } from '../route/owner.ts';
import { bearingOfPart } from '../route/part-of-routes.ts';
import { routeText } from '../route/route-text.ts';
import { livingPaths } from '../route/route-table.ts';
import { ruleBehind } from '../route/rule-behind.ts';
import { routeGet } from './flow-words.ts';
import type { TraceRoute } from './model.ts';
import type { TracedNamespace } from './namespace.ts';
import type { Passage, StopReason } from './passage.ts';
import { evidenceOf, stops, unknown, type Ground, type StepWords, type Walk } from './walk.ts';

/** One of the ways that a route leads. */
export interface WayOut {
  readonly device: string;
  /** Null: straight to the destination. */
  readonly via: string | null;
  /** Of the packets that take the route, 0 to 1. */
  readonly share: number;
  /** Null: none, the device was insisted on. */
  readonly route: Route | null;
}

/** Of several paths those that are alive, by weight: which of them a connection takes, a hash of its addresses decides. */
export function waysOut(route: Route): WayOut[] {
  if (route.nexthops.length === 0)
    return route.dev === null ? [] : [{ device: route.dev, via: route.via, share: 1, route }];
  const living = livingPaths(route);
  const whole = living.reduce((sum, { weight }) => sum + weight, 0);
  return living.map(({ dev, via, weight }) => ({ device: dev, via, share: weight / whole, route }));
}

function tracedRoute(fib: Fib, rule: PolicyRule | null, route: Route): TraceRoute {
  const behind = ruleBehind(fib, rule, route);
  return {
    dst: route.dst,
    table: route.table,
    proto: route.proto,
    owner: ownerSentence(route),
    text: routeText(route),
    rule: behind === null ? null : `${behind.priority}: ${behind.text}`,
  };
}

/** @param settings a sysctl of the device may be behind what was decided. */
export function routeWords(
  { at }: Ground,
  fib: Fib,
  flow: Flow,
  answer: KernelAnswer,
): Omit<StepWords, 'sentence'> {
  const { family } = fib;
  const route =
    answer.kind === 'on-link' || answer.route === null ? null : tracedRoute(fib, answer.rule, answer.route);
  return {
    stage: 'route',
    route,
    presumed: [...presumedOf(at.name, fib), ...presumedOfPart(at, family, answer)],
    evidence: evidenceOf(at, `routes${family}`, `rules${family}`),
    command: routeGet(at, flow),
  };
}

function presumedOf(name: string, fib: Fib): string[] {
  const presumed = fib.rules.flatMap(({ rule }) =>
    rule.unread.length === 0
      ? []
      : [
          `Rule ${rule.priority} of ${name} is not understood whole (${rule.unread.join(' ')}): it is taken not to match.`,
        ],
  );
  if (!fib.tables.has('local'))
    presumed.push(`Table local of ${name} was not read: the addresses of its devices are taken for its own.`);
  return presumed;
}

/** A route that is meant for such addresses was found among those that are known. */
function presumedOfPart(at: TracedNamespace, family: 4 | 6, answer: KernelAnswer): string[] {
  const missing = at.routesMissing?.[family] ?? null;
  if (missing === null || bearingOfPart(answer) !== 'presumed') return [];
  return [`${missing} It is presumed that no other route of ${at.name} fits better.`];
}

/** Where others of its routes may be missing, and one of them may well be meant for it. Null: what was found stands. */
export function mayGoOtherwise(
  { at }: Ground,
  walk: Walk,
  answer: KernelAnswer,
  words: Omit<StepWords, 'sentence'>,
): Passage[] | null {
  const { dst, family } = walk.packet;
  const missing = at.routesMissing?.[family] ?? null;
  if (missing === null || bearingOfPart(answer) !== 'unknown') return null;
  const found =
    answer.kind === 'refused' && answer.why === 'reverse-path'
      ? `whether an answer to ${addressText(walk.packet.src)} would go back the way it came is not known`
      : answer.kind === 'on-link' || answer.route === null
        ? `none that is known leads to ${addressText(dst)}`
        : `only ${routeName(answer.route)} leads to ${addressText(dst)} of those that are known`;
  return unknown(walk, { ...words, route: null, sentence: `${missing.replace(/\.$/, '')}; ${found}.` });
}

/** `main`, of table `192.168.2.0/24 of table main`. */
export function routeName({ dst, table }: Route): string {
  const whole = /^(0\.0\.0\.0|::)\/0$/.test(dst);
  return table === 'main' || table === '254'
    ? whole
      ? 'the default route'
      : `the route ${dst}`
    : `${whole ? 'the default route' : `the route ${dst}`} of table ${table}`;
}

/** Of a route that neither keeps a packet here nor leads it on as it is; null: it does one of the two. */
export function notFollowed(
  walk: Walk,
  to: string,
  route: Route,
  words: Omit<StepWords, 'sentence'>,
): Passage[] | null {
  if (route.type !== 'unicast')
    return unknown(walk, { ...words, sentence: `${to} is sent as a ${route.type}, which is not followed.` });
  if (route.encap !== undefined)
    return unknown(walk, {
      ...words,
      sentence: `${sentenceStart(routeName(route))} puts it into another packet (encap ${route.encap}), which is not followed.`,
    });
  if (waysOut(route).length === 0)
    return unknown(walk, {
      ...words,
      sentence: `${sentenceStart(routeName(route))} names no interface that was read: where it leads is not known.`,
    });
  return null;
}

/** The sender is told but for what the kernel counts and forgets. */
export function refusedByRoutes(
  { at }: Ground,
  walk: Walk,
  answer: Extract<KernelAnswer, { kind: 'refused' }>,
  words: Omit<StepWords, 'sentence'>,
): Passage[] {
  const { why } = answer;
  const { iif, dst, src, family } = walk.packet;
  const to = addressText(dst);
  const how = iif === null || TOLD.has(why) ? 'rejected' : 'dropped';
  const by =
    answer.route === null
      ? answer.rule === null
        ? null
        : `rule ${answer.rule.priority}`
      : routeName(answer.route);
  const sentence = ((): string => {
    switch (why) {
      case 'no-route':
        return `${at.name} has no route to ${to}${how === 'rejected' ? ', and the sender is told' : ''}.`;
      case 'blackhole':
        return `${sentenceStart(by ?? 'a rule')} is a blackhole: ${to} goes nowhere${iif === null ? '' : ', and nobody is told'}.`;
      case 'unreachable':
        return `${sentenceStart(by ?? 'a rule')} says that ${to} is unreachable, and the sender is told so.`;
      case 'prohibit':
        return `${sentenceStart(by ?? 'a rule')} says that ${to} is prohibited, and the sender is told so.`;
      case 'forwarding-off':
        return family === 6
          ? `${at.name} does not forward IPv6.`
          : `${at.name} does not forward what comes in by ${iif ?? 'this device'}.`;
      case 'reverse-path':
        return `An answer to ${addressText(src)} would not go by ${iif ?? ''}: the reverse path filter drops it.`;
      case 'martian-source':
        return `${addressText(src)} cannot be the source of what comes in by ${iif ?? 'this device'} (martian).`;
      case 'martian-destination':
        return `${to} cannot be the destination of what comes in by ${iif ?? 'this device'} (martian).`;
      case 'source-not-local':
        return `${addressText(src)} is no address of ${at.name}: nobody here may send from it.`;
    }
  })();
  const reason: StopReason = why;
  return stops(walk, how, reason, { ...words, sentence });
}

const TOLD: ReadonlySet<Refusal> = new Set(['no-route', 'unreachable', 'prohibit']);

function sentenceStart(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
