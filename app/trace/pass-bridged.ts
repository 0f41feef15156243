// What a frame meets at a bridge: hooks of its ports' devices, the chains of the family bridge, and where br_netfilter shows frames that
// pass from port to port to IP's hooks, those too. net/core/dev.c __netif_receive_skb_core (before the bridge takes it), net/bridge/br_input.c
// br_handle_frame, br_pass_frame_up, br_forward.c __br_forward, br_netfilter_hooks.c br_nf_pre_routing, br_nf_forward, br_nf_post_routing.
import { compiledFirewall } from '../firewall/compiled-firewall.ts';
import type { HookName } from '../probe/firewall-facts.ts';
import { addressText, sameAddress } from '../route/address.ts';
import { callPath, showsToFilters } from './bridge-netfilter.ts';
import { filterContext } from './filter-context.ts';
import { forward } from './forward.ts';
import { routeIncoming } from './incoming.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';
import { leaveBy, takeIn } from './pass-namespace.ts';
import type { Passage, PassOptions } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import { track } from './track.ts';
import {
  ends,
  passes,
  stops,
  sysctlIn,
  evidenceOf,
  unknown,
  type Ground,
  type Next,
  type Walk,
} from './walk.ts';

/** By name. */
export interface BridgePorts {
  readonly bridge: string;
  readonly from: string;
  readonly to: string;
  /** The bridge's own nf_call_iptables, or nf_call_ip6tables. */
  readonly callsFilters: boolean;
}

interface PortHook {
  readonly hook: HookName;
  readonly layer: 'ip' | 'bridge';
}

/** Of what the bridge takes itself, before IP sees it as the bridge's; and of what its namespace sends by the bridge, after IP. */
const PORT_HOOKS = {
  up: [
    { hook: 'ingress', layer: 'ip' },
    { hook: 'prerouting', layer: 'bridge' },
    { hook: 'input', layer: 'bridge' },
  ],
  down: [
    { hook: 'output', layer: 'bridge' },
    { hook: 'postrouting', layer: 'bridge' },
    { hook: 'egress', layer: 'ip' },
  ],
} as const satisfies Readonly<Record<string, readonly PortHook[]>>;

export type PortWay = keyof typeof PORT_HOOKS;

/** Somebody has rules there; where filters were not read, that is said elsewhere. */
export function hasPortHooks({ filters }: TracedNamespace, { family }: TracedPacket, way: PortWay): boolean {
  return (
    filters !== null &&
    PORT_HOOKS[way].some(
      ({ hook, layer }) => compiledFirewall(filters).baseChains(hook, layer, family).length > 0,
    )
  );
}

/** Between a port and the bridge's own namespace: it leaves by the port, or is handed up as having done so. */
export function passPort(
  at: TracedNamespace,
  packet: TracedPacket,
  port: string,
  way: PortWay,
  options: PassOptions,
): readonly Passage[] {
  const ground: Ground = { at, options, context: filterContext(at) };
  const [iif, oif] = way === 'up' ? [port, null] : [null, port];
  const begun = begin({ ...packet, iif, oif, physIn: null, physOut: null }, port);
  const met = (walk: Walk, [first, ...others]: readonly PortHook[]): readonly Passage[] =>
    first === undefined
      ? out(ground, walk, port)
      : passFilters(ground, first.hook, walk, (passed) => met(passed, others), { layer: first.layer });
  return met(begun, PORT_HOOKS[way]);
}

function begin(packet: TracedPacket, seenAt: string): Walk {
  return { share: 1, packet, tracking: { kind: 'none' }, steps: [], lookups: [], seenAt };
}

/**
 * It leaves by the port; or where a rule gave it another destination, as the routes say.
 * @param packet with the MAC address that the frame is sent to.
 */
export function passBridged(
  at: TracedNamespace,
  packet: TracedPacket,
  ports: BridgePorts,
  options: PassOptions,
): Passage[] {
  const { bridge, from, to } = ports;
  const ground: Ground = { at, options, context: filterContext(at) };
  const calls = ports.callsFilters || showsToFilters(at, packet.family, bridge);
  const walk = begin({ ...packet, iif: from, oif: null }, from);
  const begun = at.sysctls === null && !calls ? presuming(at, walk, bridge) : walk;
  /** IP sees the bridge where the bridge sees its ports. */
  const ipHook = (hook: 'forward' | 'postrouting', now: Walk, next: Next): readonly Passage[] =>
    calls
      ? passFilters(
          ground,
          hook,
          { ...now, packet: { ...now.packet, iif: bridge, oif: bridge, physIn: from, physOut: to } },
          next,
        )
      : next(now);
  const bridgeHook = (
    hook: 'prerouting' | 'forward' | 'postrouting',
    now: Walk,
    next: Next,
  ): readonly Passage[] =>
    passFilters(
      ground,
      hook,
      {
        ...now,
        packet: {
          ...now.packet,
          iif: from,
          oif: hook === 'prerouting' ? null : to,
          physIn: null,
          physOut: null,
        },
      },
      next,
      { layer: 'bridge' },
    );
  const onward = (entered: Walk): readonly Passage[] =>
    bridgeHook('forward', entered, (one) =>
      ipHook('forward', one, (two) =>
        bridgeHook('postrouting', two, (three) =>
          ipHook('postrouting', three, (four) =>
            passFilters(
              ground,
              'egress',
              { ...four, packet: { ...four.packet, iif: null, oif: to, physIn: null, physOut: null } },
              (five) => out(ground, five, to),
            ),
          ),
        ),
      ),
    );
  const ways = passFilters(ground, 'ingress', begun, (came) =>
    bridgeHook('prerouting', came, (entered) =>
      calls ? shown(ground, entered, ports, onward) : onward(entered),
    ),
  );
  return [...ways];
}

function presuming(at: TracedNamespace, walk: Walk, bridge: string): Walk {
  return passes(walk, {
    stage: 'bridge',
    device: bridge,
    sentence: `${bridge} of ${at.name} passes it on without showing it to IP’s packet filters.`,
    presumed: [
      `Whether ${at.name} shows bridged frames to its packet filters (bridge-nf-call-iptables) was not read: that it does not is presumed.`,
    ],
    command: sysctlIn(at, callPath(walk.packet.family)),
  });
}

function shown(ground: Ground, walk: Walk, { bridge, from }: BridgePorts, onward: Next): readonly Passage[] {
  const { at } = ground;
  const path = callPath(walk.packet.family);
  const seen = passes(
    { ...walk, packet: { ...walk.packet, iif: bridge, physIn: from } },
    {
      stage: 'bridge',
      device: bridge,
      sentence: `${at.name} shows what ${bridge} passes on to its packet filters, too (br_netfilter).`,
      evidence: evidenceOf(at, 'settings'),
      command: sysctlIn(at, path),
    },
  );
  return track(ground, seen, (tracked) =>
    passFilters(ground, 'prerouting', tracked, (entered) =>
      sameAddress(entered.packet.dst, walk.packet.dst) ? onward(entered) : routed(ground, entered, bridge),
    ),
  );
}

/** A new destination (br_nf_pre_routing_finish): the frame goes up, as if it had been sent to the bridge. */
function routed(ground: Ground, walk: Walk, bridge: string): readonly Passage[] {
  return routeIncoming(ground, walk, bridge, {
    local: (own) => takeIn(ground, own),
    forward: (others, way) =>
      way.device === bridge
        ? unknown(others, {
            stage: 'bridge',
            device: bridge,
            sentence: `${addressText(others.packet.dst)} is behind ${bridge} again: behind which port is not followed.`,
          })
        : forward(ground, others, way, (passed) => leaveBy(ground, passed, way)),
  });
}

function out(ground: Ground, walk: Walk, to: string): readonly Passage[] {
  const { at } = ground;
  const device = at.devices.get(to);
  if (device === undefined)
    return stops(walk, 'dropped', 'device-missing', {
      stage: 'bridge',
      sentence: `${at.name} has no device ${to}.`,
    });
  const packet = { ...walk.packet, iif: null, oif: null, physIn: null, physOut: null };
  return ends({ ...walk, packet, seenAt: to }, { kind: 'leaves', device, nextHop: null, packet });
}
