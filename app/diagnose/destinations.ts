// Where a node's kernel sends an address, by its rules and all its tables (app/route).
import { wholeRoutes } from '../probe/whole-routes.ts';
import { parseAddress, type Address } from '../route/address.ts';
import { devicesOf } from '../route/devices.ts';
import { Fib, type FibAnswer } from '../route/fib.ts';
import { NO_FIELDS, type Flow } from '../route/flow.ts';
import { incomingSettings } from '../route/incoming-settings.ts';
import { receiving } from '../route/kernel-lookup.ts';
import { bearingOfPart } from '../route/part-of-routes.ts';
import type { Route } from '../topology/model.ts';
import type { DiagnosedNode } from './cluster.ts';
import { LongestPrefix } from './longest-prefix.ts';

const known = new WeakMap<DiagnosedNode, Partial<Record<4 | 6, Fib>>>();

function fibOf(node: DiagnosedNode, family: 4 | 6): Fib | null {
  const { snapshot } = node;
  const read = family === 4 ? snapshot.routes4 : snapshot.routes6;
  if ((read?.value ?? null) === null) return null;
  const before = known.get(node) ?? {};
  const rules = (family === 4 ? snapshot.rules4 : snapshot.rules6)?.value ?? [];
  const fib = before[family] ?? new Fib(family, node.routes, rules, devicesOf(snapshot.links?.value ?? []));
  known.set(node, { ...before, [family]: fib });
  return fib;
}

/** Of what was not read in full nothing is lacking. */
export function hasAllRoutes({ snapshot }: DiagnosedNode, family: 4 | 6): boolean {
  return wholeRoutes(family === 4 ? snapshot.routes4 : snapshot.routes6) !== null;
}

/** Null where its routes were not read, where others that may be missing may well be meant for it, or that is no address. */
export function destination(node: DiagnosedNode, text: string): FibAnswer | null {
  const address: Address | null = parseAddress(text);
  return address === null ? null : found(node, { ...NO_FIELDS, dst: address });
}

function found(node: DiagnosedNode, flow: Flow): FibAnswer | null {
  const { family } = flow.dst;
  const answer = fibOf(node, family)?.lookup(flow) ?? null;
  if (answer === null || hasAllRoutes(node, family)) return answer;
  return bearingOfPart(answer) === 'unknown' ? null : answer;
}

const refusing = new WeakMap<
  DiagnosedNode,
  { readonly byRule: boolean; readonly routes: LongestPrefix<Route> }
>();

/** What refuses packets for that address there; null: nothing does. Few routes refuse, and most addresses lie in none of them. */
export function refusal(node: DiagnosedNode, text: string): Extract<FibAnswer, { kind: 'rejected' }> | null {
  const { byRule, routes } = refusing.get(node) ?? refusingOf(node);
  if (!byRule && routes.of(text) === null) return null;
  const answer = destination(node, text);
  return answer?.kind === 'rejected' ? answer : null;
}

function refusingOf(node: DiagnosedNode): { byRule: boolean; routes: LongestPrefix<Route> } {
  const { rules4, rules6 } = node.snapshot;
  const all = {
    byRule: [...(rules4?.value ?? []), ...(rules6?.value ?? [])].some(({ action }) => REFUSE.has(action)),
    routes: new LongestPrefix(node.routes.filter(({ type }) => REFUSE.has(type))),
  };
  refusing.set(node, all);
  return all;
}

/** Types of routes, and actions of rules. */
const REFUSE: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit']);

/** As `destination`, of a packet from there that comes in by `iif`; null: it is sent by the node itself. */
export function decision(
  node: DiagnosedNode,
  { from, to, iif }: { readonly from: string; readonly to: string; readonly iif: string | null },
): FibAnswer | null {
  const [src, dst] = [parseAddress(from), parseAddress(to)];
  if (dst === null) return null;
  return found(node, { ...NO_FIELDS, dst, ...(src?.family === dst.family ? { src } : {}), iif });
}

/** Whether the reverse path filter refuses what comes in by `iif`, by addresses alone: where rules or the filter ask for more, that is not known. */
export function refusesSource(
  node: DiagnosedNode,
  { from, to, iif }: { readonly from: string; readonly to: string; readonly iif: string },
): boolean {
  const [src, dst] = [parseAddress(from), parseAddress(to)];
  const fib = dst === null ? null : fibOf(node, dst.family);
  const { settings: read, rules4 } = node.snapshot;
  if (rules4?.state !== 'ok' || !hasAllRoutes(node, 4)) return false;
  const { sysctls } = read?.value ?? {};
  const asksMore = (rules4.value ?? []).some((one) =>
    [one.ipproto, one.sport, one.dport, one.tos, one.dscp].some((field) => field !== null),
  );
  if (src === null || dst === null || fib === null || sysctls === undefined || asksMore) return false;
  const hasAddress = node.devices.get(iif)?.addresses.some(({ family }) => family === 4) ?? true;
  const settings = incomingSettings(sysctls, { family: dst.family, dev: iif, hasAddress });
  if (settings === null || settings.srcValidMark) return false;
  const answer = receiving(fib, { ...NO_FIELDS, src, dst, iif }, settings);
  return answer.kind === 'refused' && answer.why === 'reverse-path';
}

/** By which device it leaves; of several paths all of them. None: it does not leave. */
export function waysOut(answer: FibAnswer): string[] {
  if (answer.kind !== 'route') return [];
  const { dev, nexthops } = answer.route;
  return nexthops.length > 0 ? nexthops.map((hop) => hop.dev) : dev === null ? [] : [dev];
}
