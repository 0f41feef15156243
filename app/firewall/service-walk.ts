// Where the rules of kube-proxy lead: from the chain of a Service to its endpoints, with the share of new connections that each
// gets. The same walk for iptables (`-m statistic`) and nftables (`numgen … vmap`).
import { ruleSpec } from '../probe/filter-rule.ts';
import type { FirewallChain, FirewallRule, FirewallTable } from '../probe/firewall-facts.ts';
import { matchWords } from './rule-words.ts';
import type { RuleSpec, Verdict } from '../probe/rule-spec.ts';

export interface WalkedEndpoint {
  readonly address: string;
  readonly port: number | null;
  readonly share: number;
  readonly chain: string;
  readonly packets: number | null;
  readonly rate: number | null;
}

export interface ServiceWalk {
  readonly endpoints: readonly WalkedEndpoint[];
  /** Who is masqueraded, in words. */
  readonly masquerade: readonly string[];
  readonly affinity: number | null;
}

/** The rate of a rule of a chain. */
export type RateOf = (chain: FirewallChain, index: number) => number | null;

interface Walker {
  readonly table: FirewallTable;
  readonly chains: ReadonlyMap<string, FirewallChain>;
  readonly rateOf: RateOf;
  readonly endpoints: Map<string, WalkedEndpoint>;
  readonly masquerade: Set<string>;
  affinity: number | null;
  /** Rules looked at: a made-up ruleset may lead round and round. */
  steps: number;
}

const MOST_STEPS = 20_000;
const DEEPEST = 12;
const EVERYBODY = 'every client';

export function chainsByName(table: FirewallTable): ReadonlyMap<string, FirewallChain> {
  return new Map(table.chains.map((chain) => [chain.name, chain]));
}

export function walkService(
  table: FirewallTable,
  chains: ReadonlyMap<string, FirewallChain>,
  start: string,
  rateOf: RateOf,
): ServiceWalk {
  const walker: Walker = {
    table,
    chains,
    rateOf,
    endpoints: new Map(),
    masquerade: new Set(),
    affinity: null,
    steps: 0,
  };
  walkChain(walker, start, 1, 0);
  return {
    endpoints: [...walker.endpoints.values()],
    masquerade: walker.masquerade.has(EVERYBODY) ? [EVERYBODY] : [...walker.masquerade],
    affinity: walker.affinity,
  };
}

/** @param share of the connections that come to the chain; returns what of it nobody took. */
function walkChain(walker: Walker, name: string, share: number, depth: number): number {
  const chain = walker.chains.get(name);
  if (chain === undefined || depth > DEEPEST) return share;
  let left = share;
  for (const [index, rule] of chain.rules.entries()) {
    walker.steps += 1;
    if (walker.steps > MOST_STEPS || left <= 0) break;
    const spec = ruleSpec(rule);
    const { verdict } = spec;
    if (verdict === null) continue;
    if (isMasqueradeMark(verdict)) {
      noteMasquerade(walker, chain, spec);
      continue;
    }
    if (keepsClient(rule, spec)) {
      walker.affinity = affinitySeconds(walker.table, rule, spec) ?? walker.affinity;
      continue;
    }
    if (verdict.kind === 'dnat') {
      addEndpoint(walker, chain, index, rule, verdict.to, left);
      return 0;
    }
    left -= taken(walker, spec, verdict, left, depth);
  }
  return Math.max(0, left);
}

/** How much of `left` this rule leads away. */
function taken(walker: Walker, spec: RuleSpec, verdict: Verdict, left: number, depth: number): number {
  if (verdict.kind === 'map') {
    // numgen random mod N: each number is as likely.
    const each = verdict.key.startsWith('numgen') ? left / Math.max(1, verdict.entries.length) : 0;
    if (each === 0) return 0;
    for (const entry of verdict.entries) {
      if (entry.verdict.kind === 'goto' || entry.verdict.kind === 'jump')
        walkChain(walker, entry.verdict.chain, each, depth + 1);
    }
    return left;
  }
  if (verdict.kind !== 'jump' && verdict.kind !== 'goto') return 0;
  const chance = spec.matches.find((match) => match.kind === 'probability');
  const others = spec.matches.filter((match) => match.kind !== 'probability' && match.kind !== 'protocol');
  // From the node itself, from Pods of this cluster: short cuts to the same endpoints, for those that they are about.
  if (others.some(({ kind }) => kind === 'addrtype' || kind === 'address')) {
    return walker.endpoints.size === 0 && leadsToSourceRange(verdict.chain)
      ? left - walkChain(walker, verdict.chain, left, depth + 1)
      : 0;
  }
  const asked = chance?.kind === 'probability' ? left * chance.probability : left;
  return asked - walkChain(walker, verdict.chain, asked, depth + 1);
}

/** KUBE-FW lets in by source ranges: what they lead to is what the Service is. */
function leadsToSourceRange(chain: string): boolean {
  return /^(KUBE-EXT-|KUBE-XLB-|KUBE-SVC-|external-|service-)/.test(chain);
}

function isMasqueradeMark(verdict: Verdict): boolean {
  return (
    (verdict.kind === 'jump' || verdict.kind === 'goto') &&
    /^(KUBE-MARK-MASQ|mark-for-masquerade)$/.test(verdict.chain)
  );
}

function noteMasquerade(walker: Walker, chain: FirewallChain, spec: RuleSpec): void {
  // Hairpin: an endpoint that asks its own Service.
  if (/^(KUBE-SEP-|endpoint-)/.test(chain.name)) return;
  const sources = spec.matches.filter((match) => match.kind === 'address' && match.end === 'src');
  const whom = sources.length === 0 ? EVERYBODY : `clients ${matchWords({ ...spec, matches: sources })}`;
  if (walker.masquerade.size < 10) walker.masquerade.add(whom);
}

/** `-m recent --rcheck`, or a set of nftables that remembers clients: ClientIP affinity, which comes before chance. */
function keepsClient(rule: FirewallRule, { matches }: RuleSpec): boolean {
  if (rule.backend === 'xt') return / --rcheck /.test(rule.text);
  return matches.some((match) => match.kind === 'set' && match.set.startsWith('affinity-'));
}

function affinitySeconds({ sets }: FirewallTable, rule: FirewallRule, { matches }: RuleSpec): number | null {
  if (rule.backend === 'xt') {
    const seconds = / --seconds (\d{1,9})(?: |$)/.exec(rule.text)?.[1];
    return seconds === undefined ? null : Number(seconds);
  }
  const asked = matches.find((match) => match.kind === 'set');
  return sets.find(({ name }) => name === asked?.set)?.timeout ?? null;
}

function addEndpoint(
  walker: Walker,
  chain: FirewallChain,
  index: number,
  rule: FirewallRule,
  to: string,
  share: number,
): void {
  const { address, port } = endOf(to);
  const key = `${address} ${String(port)}`;
  const before = walker.endpoints.get(key);
  // The endpoint's own chain counts for all that lead to it, its rule's counter is the same however often it is met.
  walker.endpoints.set(key, {
    address,
    port,
    chain: chain.name,
    share: share + (before?.share ?? 0),
    packets: rule.packets,
    rate: walker.rateOf(chain, index),
  });
}

/** `10.0.0.1:80`, `[fd00::1]:80`, or an address alone. */
function endOf(text: string): { readonly address: string; readonly port: number | null } {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? /^([^:]+)(?::(\d{1,5}))?$/.exec(text);
  if (bracketed === null) return { address: text, port: null };
  return { address: bracketed[1] ?? text, port: bracketed[2] === undefined ? null : Number(bracketed[2]) };
}
