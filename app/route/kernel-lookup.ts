// What the kernel does with a packet before and after it has asked its routes: the checks of net/ipv4/route.c
// (ip_route_output_key_hash_rcu, ip_route_input_slow) and of fib_validate_source (net/ipv4/fib_frontend.c), that is
// what `ip route get` answers. IPv6 has no reverse-path filter of its own.
import type { PolicyRule, Route } from '../probe/facts.ts';
import { inPrefix, parsePrefix, type Address, type Prefix } from './address.ts';
import type { Fib, FibAnswer, RejectingType, RuleStep } from './fib.ts';
import { reversed, type Flow } from './flow.ts';

/** Of the device a packet comes in by: `net.ipv4.conf`, the stricter of `all` and its own where the kernel says so. */
export interface IncomingSettings {
  readonly forwarding: boolean;
  readonly rpFilter: 0 | 1 | 2;
  readonly acceptLocal: boolean;
  readonly routeLocalnet: boolean;
  readonly srcValidMark: boolean;
  /** It has an IPv4 address. */
  readonly hasAddress: boolean;
}

/** EINVAL stands for much: the reason is in `why`. */
export type Errno = 'EINVAL' | 'EHOSTUNREACH' | 'EACCES' | 'ENETUNREACH' | 'EXDEV';

export type KernelAnswer =
  | {
      readonly kind: 'route';
      readonly rule: PolicyRule;
      readonly route: Route;
      /** Devices of those of its paths by which this packet would be refused: with rules by `iif` its source may not pass. */
      readonly refusedBy?: readonly string[];
    }
  /** No route of the device that the sender insists on: IPv4 presumes that the destination is there. */
  | { readonly kind: 'on-link'; readonly dev: string }
  | {
      readonly kind: 'refused';
      /** How `ip route get` says it: the first as kernel 6.18 does, then as others do. */
      readonly errnos: readonly Errno[];
      readonly why: Refusal;
      readonly rule: PolicyRule | null;
      readonly route: Route | null;
    };

export type Refusal =
  | RejectingType
  | 'no-route'
  | 'forwarding-off'
  | 'reverse-path'
  | 'martian-source'
  | 'martian-destination'
  | 'source-not-local';

/** A packet that this machine sends itself. */
export function sending(fib: Fib, flow: Flow, steps?: RuleStep[]): KernelAnswer {
  const { src } = flow;
  if (fib.family === 4 && src !== null) {
    if (isMulticast(src) || isBroadcast(src) || inPrefix(src, ZERONET))
      return refused('EINVAL', 'martian-source');
    if (!fib.isLocal(src)) return refused(['ENETUNREACH', 'EINVAL'], 'source-not-local');
  }
  const answer = fib.lookup(flow, steps);
  if (answer.kind !== 'route' && flow.oif !== null && fib.family === 4)
    return { kind: 'on-link', dev: flow.oif };
  if (answer.kind !== 'route') return rejection(answer);
  return answer;
}

/** A packet that comes in by `flow.iif`: for this machine, or to be forwarded. */
export function receiving(
  fib: Fib,
  flow: Flow,
  settings: IncomingSettings,
  steps?: RuleStep[],
): KernelAnswer {
  const src = flow.src ?? { family: flow.dst.family, words: new Uint32Array(flow.dst.words.length) };
  if (fib.family === 6) {
    // Whether it forwards is asked later: forwarded6.
    const answer = fib.lookup(flow, steps);
    return answer.kind === 'route' ? answer : rejection(answer);
  }
  if (isMulticast(src) || isBroadcast(src)) return refused('EINVAL', 'martian-source');
  if (inPrefix(src, ZERONET)) return refused('EINVAL', 'martian-source');
  if (inPrefix(flow.dst, ZERONET)) return refused('EINVAL', 'martian-destination');
  if (inPrefix(flow.dst, LOOPBACK) && !settings.routeLocalnet)
    return refused('EINVAL', 'martian-destination');
  if (inPrefix(src, LOOPBACK) && !settings.routeLocalnet) return refused('EINVAL', 'martian-source');
  const answer = fib.lookup({ ...flow, src }, steps);
  // The kernel says that it does not forward before it says why it would not find a way.
  if (answer.kind !== 'route')
    return settings.forwarding ? rejection(answer) : refused('EHOSTUNREACH', 'forwarding-off', answer);
  const { type } = answer.route;
  const from = { ...flow, src };
  if (type === 'broadcast' || type === 'local') {
    // A broadcast's source is validated as if nobody had sent to an address (brd_input).
    const asked = type === 'local' ? from : { ...from, dst: NOBODY };
    const validated = sourceRefusal(fib, asked, src, settings, null);
    return validated === null ? answer : refused('EINVAL', validated, answer);
  }
  if (!settings.forwarding) return refused('EHOSTUNREACH', 'forwarding-off', answer);
  if (type !== 'unicast') return refused('EINVAL', 'martian-destination', answer);
  const paths = devicesOf(answer.route);
  const refusals = paths.map((dev) => sourceRefusal(fib, from, src, settings, dev));
  const [first = null] = refusals.filter((refusal) => refusal !== null);
  if (first === null) return answer;
  return refusals.includes(null)
    ? { ...answer, refusedBy: paths.filter((_, at) => refusals[at] !== null) }
    : refused(['EINVAL', 'EXDEV'], first, answer);
}

/** IPv6 asks whether it forwards after it has chosen the route (ip6_forward), and `ip route get` does not ask. */
export function forwarded6(answer: KernelAnswer, { forwarding }: IncomingSettings): KernelAnswer {
  if (forwarding || answer.kind !== 'route' || answer.route.type !== 'unicast') return answer;
  return refused('EHOSTUNREACH', 'forwarding-off', answer);
}

/** fib_validate_source: would the answer go back the way the packet came? Null when the source is good. */
function sourceRefusal(
  fib: Fib,
  flow: Flow,
  src: Address,
  settings: IncomingSettings,
  /** Where it would go on to: the way back is asked for as if it came from there. Null: it stays here. */
  out: string | null,
): 'reverse-path' | 'martian-source' | null {
  const { rpFilter, acceptLocal } = settings;
  if (rpFilter === 0) {
    if (acceptLocal) return null;
    if (fib.merged !== null && !hasOwnLocalRoutes(fib)) return fib.isLocal(src) ? 'martian-source' : null;
  }
  const back = fib.lookup({
    ...reversed(flow, src),
    iif: out,
    mark: settings.srcValidMark ? flow.mark : 0,
    oif: null,
    // In the VRF that it came in by.
    ...(flow.iif === null ? {} : { l3dev: flow.iif }),
  });
  const strict = rpFilter === 0 ? null : 'reverse-path';
  if (back.kind !== 'route') return strict;
  const { route } = back;
  if (route.type !== 'unicast' && !(route.type === 'local' && acceptLocal)) return 'martian-source';
  // What comes in by a device of a VRF, the VRF itself takes in: any of its devices is a way back.
  const vrf = fib.vrfOf(flow);
  const isWayIn = (dev: string): boolean =>
    dev === flow.iif || (vrf !== null && fib.devices.vrfOf(dev)?.name === vrf.name);
  if (devicesOf(route).some(isWayIn)) return null;
  if (!settings.hasAddress) return strict;
  return rpFilter === 1 ? 'reverse-path' : null;
}

function devicesOf({ dev, nexthops }: Route): string[] {
  if (nexthops.length > 0) return nexthops.map((hop) => hop.dev);
  return dev === null ? [] : [dev];
}

/** `ip route add local …` makes the kernel look closer (fib_has_custom_local_routes). */
function hasOwnLocalRoutes(fib: Fib): boolean {
  for (const table of fib.tables.values()) if (table.hasOwnLocalRoutes) return true;
  return false;
}

const NOBODY: Address = { family: 4, words: new Uint32Array(1) };

function rejection(answer: Exclude<FibAnswer, { kind: 'route' }>): KernelAnswer {
  if (answer.kind === 'none') return refused('ENETUNREACH', 'no-route');
  switch (answer.type) {
    case 'blackhole':
      return refused('EINVAL', 'blackhole', answer);
    case 'prohibit':
      return refused('EACCES', 'prohibit', answer);
    // A rule that says unreachable is "network", a route that does is "host" (fib4_rule_action, fib_props).
    case 'unreachable':
      return refused(answer.route === null ? 'ENETUNREACH' : 'EHOSTUNREACH', 'unreachable', answer);
  }
}

function refused(
  errno: Errno | readonly Errno[],
  why: Refusal,
  answer: FibAnswer = { kind: 'none' },
): KernelAnswer {
  const errnos = typeof errno === 'string' ? [errno] : errno;
  const named =
    answer.kind === 'none' ? { rule: null, route: null } : { rule: answer.rule, route: answer.route };
  return { kind: 'refused', errnos, why, ...named };
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === null) throw new Error(`${text} is no prefix`);
  return parsed;
}

/** The whole of 0.0.0.0/8 before Linux 5.3. */
const ZERONET = prefix('0.0.0.0/32');
const LOOPBACK = prefix('127.0.0.0/8');
const MULTICAST = prefix('224.0.0.0/4');

function isMulticast(address: Address): boolean {
  return inPrefix(address, MULTICAST);
}

function isBroadcast({ words }: Address): boolean {
  return words[0] === 0xffffffff;
}
