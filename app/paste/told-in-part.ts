// What was pasted of a list in part says so: of a route or a rule that is not there, nothing follows (app/probe/whole-routes.ts, whole-filters.ts).
import type { Route } from '../probe/facts.ts';
import type { FirewallReading } from '../probe/firewall-facts.ts';
import type { NodeSnapshot, Section } from '../probe/snapshot.ts';
import type { Overlaid } from './overlay.ts';
import { ALL } from './whole-lists.ts';

export function withPartsTold(step: Overlaid): Overlaid {
  const { snapshot, wholeLists } = step;
  const { nodeLabel, routes4, routes6, firewall } = snapshot;
  const told: NodeSnapshot = {
    ...snapshot,
    routes4: wholeLists.has('routes4 main') ? routes4 : partOfRoutes(routes4, 4, nodeLabel),
    routes6: wholeLists.has('routes6 main') ? routes6 : partOfRoutes(routes6, 6, nodeLabel),
    firewall: withRulesMissing(firewall, nodeLabel, areWhole(wholeLists)),
  };
  return { ...step, snapshot: told };
}

function partOfRoutes(
  section: Section<readonly Route[]> | null,
  family: 4 | 6,
  label: string,
): Section<readonly Route[]> | null {
  if (section === null || section.value === null || section.state !== 'ok') return section;
  const sentence = `The IPv${String(family)} routes of ${label} were pasted in part: paste all that “ip${family === 6 ? ' -6' : ''} route” prints.`;
  return { ...section, state: 'truncated', sentence };
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
