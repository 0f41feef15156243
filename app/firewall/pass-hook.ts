// What becomes of a packet at one hook of a namespace.
import type { FirewallReading, HookName } from '../probe/firewall-facts.ts';
import type { BaseChain } from './compiled-chain.ts';
import { compiledFirewall } from './compiled-firewall.ts';
import type { FilterPacket } from './filter-packet.ts';
import type { HookContext } from './hook-context.ts';
import type { HookOutcome, RuleHit } from './hook-outcome.ts';
import { HookWalk } from './hook-walk.ts';
import { sameFates } from './outcomes.ts';

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
  // What leaves a device no longer says by which it came (nf_hook_egress).
  const seen = hook === 'egress' ? { ...packet, iif: null } : packet;
  const pass = (chains: readonly BaseChain[]): HookOutcome[] =>
    new HookWalk(chains, hook, seen, context).outcomes();
  const outcomes = passSure(bases, pass, hook);
  return seen === packet
    ? outcomes
    : outcomes.map((outcome) => ({ ...outcome, packet: { ...outcome.packet, iif: packet.iif } }));
}

/** Chains that may be of another device: of no matter where the packet fares the same without them. */
function passSure(
  bases: readonly BaseChain[],
  pass: (chains: readonly BaseChain[]) => HookOutcome[],
  hook: HookName,
): HookOutcome[] {
  const [first] = bases.filter(({ devices }) => devices === 'unknown');
  const all = pass(bases);
  if (first === undefined) return all;
  const { chain } = first;
  const without = pass(bases.filter(({ devices }) => devices !== 'unknown'));
  const why = `nft does not tell of which device the chain ${chain.name} is`;
  if (sameFates(all, without))
    return without.map((outcome) => ({
      ...outcome,
      presumed: [...outcome.presumed, `It is all the same: ${why}.`],
    }));
  const by: RuleHit = {
    hook,
    table: chain.table.key,
    chain: chain.name,
    number: 0,
    rule: null,
    text: `policy ${chain.policy}`,
    did: 'may be for it',
  };
  return without
    .slice(0, 1)
    .map((outcome) => ({ ...outcome, share: 1, verdict: { kind: 'unknown', by, why } }));
}
