// Chains that kube-proxy never leaves so (pkg/proxy/iptables, pkg/proxy/nftables): an endpoint's that translates nothing, a Service's without a
// rule, though another rule leads there. It writes chain and jump in one transaction: somebody else has emptied them.
import { chainsLedTo } from '../firewall/leads-to.ts';
import type { FirewallChain, FirewallReading, FirewallRule, FirewallTable } from '../probe/firewall-facts.ts';

export interface HollowChain {
  readonly chain: string;
  /** `default/web`, as the rule that leads there has it; null: it says nothing. */
  readonly service: string | null;
}

const ENDPOINTS = /^(?:KUBE-SEP-|endpoint-)/;
const SERVICES = /^(?:KUBE-SVC-|service-)/;

const known = new WeakMap<FirewallReading, readonly HollowChain[]>();

export function hollowChains(reading: FirewallReading | null): readonly HollowChain[] {
  if (reading === null) return [];
  let found = known.get(reading);
  if (found === undefined) {
    found = reading.tables.flatMap(ofTable);
    known.set(reading, found);
  }
  return found;
}

function isHollow({ name, rules }: FirewallChain): boolean {
  if (SERVICES.test(name)) return rules.length === 0;
  return ENDPOINTS.test(name) && !rules.some((rule) => /-j DNAT\b|"dnat"/.test(textOf(rule)));
}

/** Those to which a rule leads: kube-proxy flushes first what it then deletes. */
function ofTable(table: FirewallTable): HollowChain[] {
  const { chains } = table;
  const hollow = new Set(chains.filter(isHollow).map(({ name }) => name));
  if (hollow.size === 0) return [];
  const jumps = new Map<string, FirewallRule>();
  for (const { rules } of chains)
    for (const rule of rules)
      for (const name of chainsLedTo(rule, table))
        if (hollow.has(name) && !jumps.has(name)) jumps.set(name, rule);
  return [...jumps].map(([chain, jump]) => ({ chain, service: serviceOf(chain, jump) }));
}

function serviceOf(chain: string, jump: FirewallRule): string | null {
  const [, service = null] =
    /--comment "?([\w.-]+\/[\w.-]+)/.exec(textOf(jump)) ??
    /^\w+-[^-]*-([\w.-]+\/[\w.-]+)\//.exec(chain) ??
    [];
  return service;
}

function textOf(rule: FirewallRule): string {
  return rule.backend === 'xt' ? rule.text : JSON.stringify(rule.expr);
}
