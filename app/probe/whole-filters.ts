// Whether something may be concluded from a rule that is not there: only where all that are there were read.
import type { FirewallReading, FirewallRule } from './firewall-facts.ts';
import { isFields } from './nft-rule.ts';
import type { Section } from './section.ts';

/** Null: they were not read, or some may be missing. */
export function wholeFilters(section: Section<FirewallReading> | null | undefined): FirewallReading | null {
  const reading = section?.value ?? null;
  return reading?.rulesMissing === undefined ? reading : null;
}

/** Stands for a rule that was not read, as a masked line of a paste: a target of iptables', a statement of nft's that neither has. */
export const UNREAD_RULE = 'lines-that-are-missing';

export function isUnreadRule(rule: FirewallRule): boolean {
  return rule.backend === 'xt'
    ? rule.text === `-j ${UNREAD_RULE}`
    : rule.expr.some((part) => isFields(part) && UNREAD_RULE in part);
}
