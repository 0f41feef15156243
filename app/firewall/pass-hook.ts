// What becomes of a packet at one hook of a namespace.
import type { FirewallReading, HookName } from '../probe/firewall-facts.ts';
import { compiledFirewall } from './compiled-firewall.ts';
import type { FilterPacket } from './filter-packet.ts';
import type { HookContext } from './hook-context.ts';
import type { HookOutcome } from './hook-outcome.ts';
import { HookWalk } from './hook-walk.ts';

/**
 * The ways a packet may go at a hook, with shares that sum to 1, the largest first: by the base chains of IP (of `ingress` and
 * `egress` the device's), or with `layer` bridge by those of the family bridge.
 *
 * `packet.connection` says what conntrack makes of the packet; chains that stand before conntrack do not see it. The outcome's
 * packet has the new mark, tos and ttl, and where a nat chain translated it new addresses and ports, `connection.dnat` or `.snat`
 * set; `connection.state` is untracked where a rule said so (prerouting, output). Where IPVS took it at input, its `iif` is null and
 * its destination another: it goes on as if it were sent from here.
 */
export function passHook(
  reading: FirewallReading,
  hook: HookName,
  packet: FilterPacket,
  context: HookContext,
  layer: 'ip' | 'bridge' = 'ip',
): HookOutcome[] {
  const bases = compiledFirewall(reading).baseChains(hook, layer, packet.family);
  return new HookWalk(bases, hook, packet, context).outcomes();
}
