// Chains that kube-proxy never leaves so (pkg/proxy/iptables, pkg/proxy/nftables): an endpoint's that translates nothing, a Service's without a
// rule, though another rule leads there. It writes chain and jump in one transaction: somebody else has emptied them.
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
    found = reading.tables.flatMap((table) =>
      table.chains.filter(isHollow).flatMap((chain) => ledTo(table, chain) ?? []),
    );
    known.set(reading, found);
  }
  return found;
}

function isHollow({ name, rules }: FirewallChain): boolean {
  if (SERVICES.test(name)) return rules.length === 0;
  return ENDPOINTS.test(name) && !rules.some((rule) => /-j DNAT\b|"dnat"/.test(textOf(rule)));
}

/** Null: nobody leads there. */
function ledTo({ chains }: FirewallTable, { name }: FirewallChain): HollowChain | null {
  const jump = chains
    .flatMap(({ rules }) => rules)
    .map(textOf)
    .find((text) => text.endsWith(`-j ${name}`) || text.includes(`"target":"${name}"`));
  if (jump === undefined) return null;
  const [, service = null] =
    /--comment "?([\w.-]+\/[\w.-]+)/.exec(jump) ?? /^\w+-[^-]*-([\w.-]+\/[\w.-]+)\//.exec(name) ?? [];
  return { chain: name, service };
}

function textOf(rule: FirewallRule): string {
  return rule.backend === 'xt' ? rule.text : JSON.stringify(rule.expr);
}
