// A rule of either tool in our words.
import type { FirewallRule } from './firewall-facts.ts';
import { nftRuleSpec, nftRuleText } from './nft-rule.ts';
import type { RuleSpec } from './rule-spec.ts';
import { xtRuleSpec } from './xt-rule.ts';

export function ruleSpec(rule: FirewallRule): RuleSpec {
  return rule.backend === 'xt' ? xtRuleSpec(rule.text) : nftRuleSpec(rule);
}

/** As its tool prints it, without chain and counters. */
export function ruleText(rule: FirewallRule): string {
  return rule.backend === 'xt' ? rule.text : nftRuleText(rule);
}
