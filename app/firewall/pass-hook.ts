// What becomes of a packet at one hook of a namespace.
import type { FirewallReading, HookName } from '../probe/firewall-facts.ts';
import type { BaseChain } from './compiled-chain.ts';
import { compiledFirewall, type Layer } from './compiled-firewall.ts';
import type { FilterPacket } from './filter-packet.ts';
import type { HookContext } from './hook-context.ts';
import type { HookOutcome, RuleHit } from './hook-outcome.ts';
import { HookWalk } from './hook-walk.ts';
import { sameFates } from './outcomes.ts';

/**
 * The ways a packet may go at a hook, with shares that sum to 1, the largest first: by the base chains of IP (of `ingress` and
 * `egress` the device's), or with `layer` bridge or arp by those of that family.
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
  layer: Layer = 'ip',
): HookOutcome[] {
  const bases = compiledFirewall(reading).baseChains(hook, layer, packet.family);
  // What leaves a device no longer says by which it came (nf_hook_egress).
  const seen = hook === 'egress' ? { ...packet, iif: null } : packet;
  const pass = (chains: readonly BaseChain[]): HookOutcome[] =>
    new HookWalk(chains, hook, seen, context).outcomes();
  const outcomes = presumingOrder(bases, pass, passSure(bases, pass, hook));
  return seen === packet
    ? outcomes
    : outcomes.map((outcome) => ({ ...outcome, packet: { ...outcome.packet, iif: packet.iif } }));
}

/** Of two backends nobody tells whose chains of one place were there first: where that decides, ours is presumed. */
function presumingOrder(
  bases: readonly BaseChain[],
  pass: (chains: readonly BaseChain[]) => HookOutcome[],
  outcomes: HookOutcome[],
): HookOutcome[] {
  const tie = bases.findIndex((base, at) => isTied(bases[at - 1], base));
  const [first, second] = [bases[tie - 1], bases[tie]];
  if (first === undefined || second === undefined) return outcomes;
  const isAlike = (base: BaseChain): boolean => isLevel(first, base);
  const [from, to] = [bases.findIndex(isAlike), bases.findLastIndex(isAlike) + 1];
  const level = bases.slice(from, to);
  const other = [
    ...bases.slice(0, from),
    ...level.filter((base) => !isOf(first, base)),
    ...level.filter((base) => isOf(first, base)),
    ...bases.slice(to),
  ];
  if (sameFates(outcomes, pass(other))) return outcomes;
  const sentence = `${nameOf(first)} and ${nameOf(second)} have one priority, and nobody tells which comes first: that ${nameOf(first)} does is presumed.`;
  return outcomes.map((outcome) => ({ ...outcome, presumed: [...outcome.presumed, sentence] }));
}

function isTied(a: BaseChain | undefined, b: BaseChain): boolean {
  return a !== undefined && isLevel(a, b) && !isOf(a, b);
}

function isLevel(a: BaseChain, b: BaseChain): boolean {
  return a.priority !== null && a.priority === b.priority && a.isNat === b.isNat;
}

function isOf(a: BaseChain, b: BaseChain): boolean {
  return a.chain.table.key.backend === b.chain.table.key.backend;
}

const BACKENDS = { legacy: 'iptables-legacy’s', 'nft-compat': 'iptables-nft’s', nft: 'nft’s' } as const;

function nameOf({ chain: { name, table } }: BaseChain): string {
  return `${BACKENDS[table.key.backend]} ${table.key.name} ${name}`;
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
