// What was pasted of a list in part says so: of a route or a rule that is not there, nothing follows (app/probe/whole-routes.ts, whole-filters.ts).
import type { PolicyRule, Route } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { NodeSnapshot, Section } from '../probe/snapshot.ts';
import type { Overlaid } from './overlay.ts';
import { ALL } from './whole-lists.ts';

export function withPartsTold(step: Overlaid): Overlaid {
  const { snapshot, wholeLists } = step;
  const { nodeLabel, routes4, routes6, rules4, rules6, firewall } = snapshot;
  const told: NodeSnapshot = {
    ...snapshot,
    routes4: toldInPart(routes4, 4, rules4?.value ?? [], wholeLists, nodeLabel),
    routes6: toldInPart(routes6, 6, rules6?.value ?? [], wholeLists, nodeLabel),
    firewall: withRulesMissing(firewall, nodeLabel, areWhole(wholeLists)),
  };
  return { ...step, snapshot: told };
}

function toldInPart(
  section: Section<readonly Route[]> | null,
  family: 4 | 6,
  rules: readonly PolicyRule[],
  lists: ReadonlySet<string>,
  label: string,
): Section<readonly Route[]> | null {
  if (section === null || section.value === null || section.state !== 'ok') return section;
  const has = (table: string): boolean =>
    [table, ALL].some((one) => lists.has(`routes${String(family)} ${one}`));
  const command = `ip${family === 6 ? ' -6' : ''} route`;
  const routes = `The IPv${String(family)} routes of ${label}`;
  const part = (sentence: string): Section<readonly Route[]> => ({
    ...section,
    state: 'truncated',
    sentence,
  });
  if (!has('main')) return part(`${routes} were pasted in part: paste all that “${command}” prints.`);
  const rule = rules.find((one) => mayLead(one) && !has(one.table ?? ''));
  return rule === undefined
    ? section
    : part(
        `${routes} were pasted without those of table ${rule.table ?? ''}, to which the rule “${rule.priority}: ${rule.text}” leads: paste all that “${command} show table all” prints.`,
      );
}

/** Of the kernel's own tables local and default nothing has to be told. A packet that nobody marks meets no rule for a mark. */
function mayLead({ table, fwmark, not }: PolicyRule): boolean {
  const isKernels = /^(?:local|main|default|25[345])$/.test(table ?? 'main');
  return !isKernels && (fwmark === null || fwmark.mark === 0 || not);
}

/** Those of iptables that a packet of IPv4 meets. */
const TABLES = ['raw', 'mangle', 'nat', 'filter'] as const;

function areWhole(lists: ReadonlySet<string>): boolean {
  const has = (table: string): boolean => lists.has(`filters ${table}`);
  return has(`nft ${ALL}`) || has(`ip ${ALL}`) || TABLES.every((name) => has(`ip ${name}`));
}

function withRulesMissing(
  section: Section<FirewallReading> | null,
  label: string,
  whole: boolean,
): Section<FirewallReading> | null {
  const value = section?.value ?? null;
  if (section === null || value === null) return section;
  // A later, whole one makes good for one that was cut.
  if (whole && value.rulesMissing === 'some') return { ...section, value: withoutLoss(value) };
  // That it was cut, or that only ipset or ipvsadm told, it says by itself.
  if (whole || value.rulesMissing !== undefined) return section;
  const tables = [...new Set(value.tables.map(({ family, name }) => `${family} ${name}`))];
  const told = tables.length === 0 ? '' : ` (${tables.slice(0, 6).join(', ')})`;
  const sentence = `The packet filters of ${label} were pasted in part${told}: paste all that “iptables-save -c” prints.`;
  return {
    ...section,
    value: { ...value, rulesMissing: 'some' },
    sentence: section.sentence === null ? sentence : `${section.sentence} ${sentence}`,
  };
}

function withoutLoss(reading: FirewallReading): FirewallReading {
  const { rulesMissing, ...whole } = reading;
  return rulesMissing === undefined ? reading : whole;
}
