// Packets a second of each rule from two readings of its counters. Who rewrites a chain (iptables-restore, nft -f) starts its
// counters at zero; rules come and go. A rate is told only where both readings count the same rule.
import type { FirewallChain, FirewallReading, FirewallRule, FirewallTable } from '../probe/firewall-facts.ts';
import type { NodeTime } from '../probe/facts.ts';

export interface TimedFirewall {
  readonly reading: FirewallReading;
  readonly at: NodeTime;
}

export interface ChainRates {
  /** Of the chain's policy; packets a second, null: not known. */
  readonly policy: number | null;
  /** As many as there are rules. */
  readonly rules: readonly (number | null)[];
}

/** Of no use any more: a node that slept, a window that was shut. */
const LONGEST_INTERVAL_S = 120;

/** Seconds between two readings; null when they are no pair to compare. */
export function interval(before: TimedFirewall | null, now: TimedFirewall): number | null {
  if (before === null) return null;
  const seconds = now.at.s - before.at.s + (now.at.ns - before.at.ns) / 1e9;
  return seconds > 0 && seconds <= LONGEST_INTERVAL_S ? seconds : null;
}

export function chainRates(
  before: TimedFirewall | null,
  now: TimedFirewall,
  table: FirewallTable,
  chain: FirewallChain,
): ChainRates {
  const seconds = interval(before, now);
  const old = before === null ? undefined : sameChain(before.reading, table, chain.name);
  const unknown: ChainRates = { policy: null, rules: chain.rules.map(() => null) };
  if (seconds === null || old === undefined) return unknown;
  const pairs = pairRules(old.rules, chain.rules);
  const rises = chain.rules.map((rule, at) => difference(pairs[at]?.packets ?? null, rule.packets));
  const policy = difference(old.packets, chain.packets);
  // One that fell says that the chain was written anew: what the others rose by is since then, not since the last reading.
  if ([policy, ...rises].some((rise) => rise !== null && rise < 0)) return unknown;
  return {
    policy: policy === null ? null : policy / seconds,
    rules: rises.map((rise) => (rise === null ? null : rise / seconds)),
  };
}

/** Chains of a reading by table and name: a node with 1,000 Services has 4,000 of them. */
const indexes = new WeakMap<FirewallReading, ReadonlyMap<string, FirewallChain>>();

function sameChain(reading: FirewallReading, table: FirewallTable, chain: string): FirewallChain | undefined {
  let index = indexes.get(reading);
  if (index === undefined) {
    index = new Map(
      reading.tables.flatMap((one) => one.chains.map((each) => [chainKey(one, each.name), each])),
    );
    indexes.set(reading, index);
  }
  return index.get(chainKey(table, chain));
}

function chainKey({ backend, family, name }: FirewallTable, chain: string): string {
  return `${backend} ${family} ${name} ${chain}`;
}

/** For each rule of now the one that it was before. Equal rules of a chain are told apart by their order alone. */
function pairRules(old: readonly FirewallRule[], now: readonly FirewallRule[]): (FirewallRule | undefined)[] {
  const waiting = new Map<string, FirewallRule[]>();
  for (const rule of old) {
    const name = identity(rule);
    const same = waiting.get(name);
    if (same === undefined) waiting.set(name, [rule]);
    else same.push(rule);
  }
  const taken = new Map<string, number>();
  return now.map((rule) => {
    const name = identity(rule);
    const at = taken.get(name) ?? 0;
    taken.set(name, at + 1);
    return waiting.get(name)?.[at];
  });
}

/** nf_tables gives every rule a number that is never used again in its table. */
function identity(rule: FirewallRule): string {
  return rule.backend === 'xt' ? rule.text : `#${String(rule.handle)}`;
}

function difference(before: number | null, now: number | null): number | null {
  return before === null || now === null ? null : now - before;
}
