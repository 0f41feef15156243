// What was pasted of a list in part says so: of a route or a rule that is not there, nothing follows (app/probe/whole-routes.ts, whole-filters.ts).
import type { PolicyRule, Route } from '../probe/facts.ts';
import type { FirewallReading, FirewallTable } from '../probe/firewall-facts.ts';
import type { NodeSnapshot, Section } from '../probe/snapshot.ts';
import type { Overlaid } from './overlay.ts';
import { ALL } from './whole-lists.ts';

export function withPartsTold(step: Overlaid): Overlaid {
  const { snapshot, wholeLists } = step;
  const { nodeLabel, routes4, routes6, rules4, rules6 } = snapshot;
  const told: NodeSnapshot = {
    ...snapshot,
    routes4: toldInPart(routes4, 4, rules4?.value ?? [], wholeLists, nodeLabel),
    routes6: toldInPart(routes6, 6, rules6?.value ?? [], wholeLists, nodeLabel),
    firewall: withRulesMissing(snapshot, wholeLists),
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

/** Those of iptables that a packet meets. */
const TABLES = ['raw', 'mangle', 'nat', 'filter'] as const;

/** All that a packet meets of its family, and of each table that was told all of it. */
function areWhole(
  lists: ReadonlySet<string>,
  { tables }: FirewallReading,
  families: readonly string[],
): boolean {
  const has = (table: string): boolean => lists.has(`filters ${table}`);
  const isTold = ({ backend, family, name }: FirewallTable): boolean =>
    has(`${family} ${ALL}`) || has(`${family} ${name}`) || (backend !== 'legacy' && has(`nft ${ALL}`));
  const ofFamily = (family: string): boolean =>
    has(`nft ${ALL}`) || has(`${family} ${ALL}`) || TABLES.every((name) => has(`${family} ${name}`));
  return tables.every(isTold) && families.every(ofFamily);
}

/** Beyond one network of the node's own, and the router that announces it. */
function forwardsIpv6({ routes6 }: NodeSnapshot): boolean {
  const own = (routes6?.value ?? []).filter(
    ({ type, dst, dev }) => type === 'unicast' && dev !== 'lo' && !/^(?:fe80|ff)|\/0$/.test(dst),
  );
  return own.some(({ via }) => via !== null) || new Set(own.map(({ dev }) => dev)).size > 1;
}

function withRulesMissing(
  snapshot: NodeSnapshot,
  lists: ReadonlySet<string>,
): Section<FirewallReading> | null {
  const { firewall: section, nodeLabel: label, links } = snapshot;
  const value = section?.value ?? null;
  if (section === null || value === null) return section;
  const families = forwardsIpv6(snapshot) ? ['ip', 'ip6'] : ['ip'];
  const whole = areWhole(lists, value, families);
  // kube-proxy's device for addresses of Services, which IPVS translates.
  const lacksIpvs =
    !lists.has(`filters ipvs ${ALL}`) &&
    value.virtualServers.length === 0 &&
    links?.value?.some(({ name }) => name === 'kube-ipvs0') === true;
  // A later, whole one makes good for one that was cut.
  if (whole && !lacksIpvs && value.rulesMissing === 'some') return { ...section, value: withoutLoss(value) };
  // That it was cut, or that only ipset or ipvsadm told, it says by itself.
  if ((whole && !lacksIpvs) || value.rulesMissing !== undefined) return section;
  const tables = [...new Set(value.tables.map(({ family, name }) => `${family} ${name}`))];
  const told = tables.length === 0 ? '' : ` (${tables.slice(0, 6).join(', ')})`;
  const commands = [
    ...(whole ? [] : families.map((family) => (family === 'ip' ? 'iptables-save -c' : 'ip6tables-save -c'))),
    ...(lacksIpvs ? ['ipvsadm -Ln'] : []),
  ];
  const sentence = `The packet filters of ${label} were pasted in part${told}: paste all that “${commands.join('; ')}” prints.`;
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
