// One of the ways of a packet through a hook: where it is, and what it met.
import type { HookName } from '../probe/firewall-facts.ts';
import type { CompiledChain, CompiledRule } from './compiled-chain.ts';
import type { FilterPacket } from './filter-packet.ts';
import type { HookOutcome, HookVerdict, RuleHit } from './hook-outcome.ts';

/** Where it goes on after a chain. */
export interface Caller {
  readonly chain: CompiledChain;
  readonly at: number;
  readonly above: Caller | null;
  readonly depth: number;
}

/** Newest first. */
export interface List<T> {
  readonly last: T;
  readonly before: List<T> | null;
}

/** One of the ways of the packet. */
export interface Way {
  share: number;
  packet: FilterPacket;
  /** The base chain that it is in, and where: the chain, the rule, the step of the rule. */
  base: number;
  chain: CompiledChain | null;
  rule: number;
  step: number;
  caller: Caller | null;
  /** As it was before this rule. */
  before: FilterPacket;
  /** A nat chain has decided. */
  bound: boolean;
  hits: List<RuleHit> | null;
  accepted: List<RuleHit> | null;
  presumed: List<string> | null;
}

export function toNextRule(way: Way): void {
  way.rule += 1;
  way.step = 0;
}

export function outcomeOf(way: Way, verdict: HookVerdict): HookOutcome {
  return {
    share: way.share,
    verdict,
    packet: way.packet,
    hits: toArray(way.hits),
    acceptedBy: toArray(way.accepted),
    presumed: toArray(way.presumed),
  };
}

/** @param rule null: the policy. */
export function hitOf(
  hook: HookName,
  { name, table }: CompiledChain,
  rule: CompiledRule | null,
  did: string,
): RuleHit {
  return {
    hook,
    table: table.key,
    chain: name,
    number: rule?.number ?? 0,
    rule: rule?.rule ?? null,
    text: rule?.text() ?? `policy ${did === 'dropped' ? 'drop' : 'accept'}`,
    did,
  };
}

/** In order. */
export function toArray<T>(list: List<T> | null): T[] {
  const items: T[] = [];
  for (let at = list; at !== null; at = at.before) items.push(at.last);
  return items.reverse();
}

/** Before the first base chain. */
export function wayOf(packet: FilterPacket): Way {
  return {
    share: 1,
    packet,
    base: -1,
    chain: null,
    rule: 0,
    step: 0,
    caller: null,
    before: packet,
    bound: false,
    hits: null,
    accepted: null,
    presumed: null,
  };
}
