// What becomes of a packet at one hook of a namespace.
import type { FirewallReading, HookName } from '../probe/firewall-facts.ts';
import type { FilterPacket } from './filter-packet.ts';
import type { HookContext } from './hook-context.ts';
import type { HookOutcome } from './hook-outcome.ts';

/**
 * The ways a packet may go at a hook, with shares that sum to 1: first the base chains of IP (of `ingress` and `egress` the
 * device's), or with `layer` bridge those of the family bridge.
 *
 * `packet.connection` says what conntrack makes of the packet; chains that stand before conntrack do not see it. The outcome's
 * packet has the new mark and tos, and where a nat chain translated it new addresses and ports, `connection.dnat` or `.snat` set;
 * `connection.state` untracked where a rule said so (prerouting, output).
 */
export function passHook(
  reading: FirewallReading,
  hook: HookName,
  packet: FilterPacket,
  _context: HookContext,
  _layer: 'ip' | 'bridge' = 'ip',
): HookOutcome[] {
  const first = reading.tables.flatMap((table) =>
    table.chains.flatMap((chain) => (chain.hook?.hook === hook ? [{ table, chain }] : [])),
  )[0];
  const base = { share: 1, packet, hits: [], acceptedBy: [], presumed: [] };
  if (first === undefined) return [{ ...base, verdict: { kind: 'accept' } }];
  const { table, chain } = first;
  const by = {
    hook,
    table: { backend: table.backend, family: table.family, name: table.name },
    chain: chain.name,
    number: 0,
    rule: null,
    text: `policy ${chain.hook?.policy ?? 'accept'}`,
    did: 'was not looked at',
  };
  return [{ ...base, verdict: { kind: 'unknown', by, why: 'rules are not looked at yet' } }];
}
