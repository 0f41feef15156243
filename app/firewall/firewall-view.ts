// A node's firewall at a glance, and one of its chains rule by rule.
import { ruleSpec, ruleText } from '../probe/filter-rule.ts';
import type { FirewallChain, FirewallReading, FirewallRule, FirewallTable } from '../probe/firewall-facts.ts';
import type { RuleSpec } from '../probe/rule-spec.ts';
import { chainPurpose } from './chain-purpose.ts';
import {
  MOST_CALLERS,
  MOST_CHAINS,
  MOST_RULES,
  MOST_SPOTS,
  type ChainSummary,
  type Counted,
  type DropSpot,
  type FirewallChainView,
  type FirewallView,
  type RuleLine,
  type TableKey,
  type TableSummary,
} from './firewall-model.ts';
import { chainAbout, type FirewallNames } from './firewall-names.ts';
import type { KnownFirewall } from './known-firewall.ts';
import { chainRates, type ChainRates, type TimedFirewall } from './rates.ts';
import { chainsLedTo } from './leads-to.ts';
import { isDrop, matchWords, verdictWords } from './rule-words.ts';

/** Of an IP set, in the view. */
const MOST_SHOWN_MEMBERS = 50;
const MOST_SETS = 500;

interface Timed {
  readonly now: TimedFirewall;
  readonly before: TimedFirewall | null;
}

/** @param search part of a chain's name or of whom it is about; '' is all. */
export function firewallView(known: KnownFirewall, names: FirewallNames, search: string): FirewallView {
  const { now, before, head } = known;
  if (now === null) {
    const nothing = {
      tables: [],
      dropping: [],
      ipsets: [],
      virtualServers: 0,
      conntrack: null,
      bothBackends: false,
    };
    return { ...head, ...nothing };
  }
  const { reading } = now;
  const spots: DropSpot[] = [];
  const tables = reading.tables.map((table) => tableSummary(table, { now, before }, names, search, spots));
  return {
    ...head,
    tables,
    dropping: spots.sort(worstFirst).slice(0, MOST_SPOTS),
    conntrack: reading.conntrack,
    ipsets: reading.ipsets
      .slice(0, MOST_SETS)
      .map(({ members, ...set }) => ({ ...set, members: members.slice(0, MOST_SHOWN_MEMBERS) })),
    virtualServers: reading.virtualServers.length,
    bothBackends: holdBoth(reading),
  };
}

/** Hints, canaries and empty chains decide nothing. */
function holdBoth({ tables }: FirewallReading): boolean {
  const decides = (backend: FirewallTable['backend']): boolean =>
    tables.some(
      (table) =>
        table.backend === backend &&
        table.chains.some(({ hook, rules }) => hook !== null && (rules.length > 0 || hook.policy === 'drop')),
    );
  return decides('legacy') && decides('nft-compat');
}

function tableSummary(
  table: FirewallTable,
  timed: Timed,
  names: FirewallNames,
  search: string,
  spots: DropSpot[],
): TableSummary {
  const wanted = search.toLowerCase();
  const chains = table.chains.map((chain) => {
    const summary = summaryOf(table, chain, chainRates(timed.before, timed.now, table, chain), names, spots);
    return summary;
  });
  const found = chains.filter(
    ({ name, subject }) =>
      wanted === '' ||
      name.toLowerCase().includes(wanted) ||
      subject?.toLowerCase().includes(wanted) === true,
  );
  return {
    key: keyOf(table),
    evidence: table.evidence,
    rules: table.chains.reduce((sum, { rules }) => sum + rules.length, 0),
    chainCount: table.chains.length,
    chains: found.sort(tellingFirst).slice(0, MOST_CHAINS),
    sets: table.sets
      .slice(0, MOST_SETS)
      .map(({ name, type, comment, size }) => ({ name, type, comment, size })),
  };
}

export function keyOf({ backend, family, name }: FirewallTable): TableKey {
  return { backend, family, name };
}

function summaryOf(
  table: FirewallTable,
  chain: FirewallChain,
  rates: ChainRates,
  names: FirewallNames,
  spots: DropSpot[],
): ChainSummary {
  const subject = chainAbout(chain, names);
  let dropped: Counted = { packets: null, rate: null };
  let busiest: Counted = { packets: null, rate: null };
  chain.rules.forEach((rule, index) => {
    const counted = { packets: rule.packets, rate: rates.rules[index] ?? null };
    if ((counted.packets ?? -1) > (busiest.packets ?? -1)) busiest = counted;
    if (!mayDrop(rule)) return;
    const spec = ruleSpec(rule);
    if (!isDrop(spec)) return;
    dropped = sum(dropped, counted);
    if (rule.packets !== null && rule.packets > 0)
      spots.push({
        table: keyOf(table),
        chain: chain.name,
        subject,
        rule: ruleLine(rule, spec, index, counted.rate),
        packets: rule.packets,
        rate: counted.rate,
      });
  });
  const policy = { packets: chain.packets, rate: rates.policy };
  if (chain.hook?.policy === 'drop' && chain.packets !== null && chain.packets > 0)
    spots.push({
      table: keyOf(table),
      chain: chain.name,
      subject,
      rule: null,
      packets: chain.packets,
      rate: rates.policy,
    });
  const purpose = chainPurpose({
    family: table.family,
    table: table.name,
    chain: chain.name,
    base: chain.hook !== null,
  });
  return {
    name: chain.name,
    hook: chain.hook,
    owner: purpose.owner,
    purpose: purpose.text,
    subject,
    rules: chain.rules.length,
    policy,
    dropped,
    busiest,
  };
}

/** Without reading the whole rule: most of 20,000 do not. */
function mayDrop(rule: FirewallRule): boolean {
  return rule.backend === 'nft' || / -?j (DROP|REJECT)|^-j (DROP|REJECT)/.test(rule.text);
}

function sum(a: Counted, b: Counted): Counted {
  const add = (x: number | null, y: number | null): number | null =>
    x === null ? y : y === null ? x : x + y;
  return { packets: add(a.packets, b.packets), rate: add(a.rate, b.rate) };
}

function worstFirst(a: DropSpot, b: DropSpot): number {
  return (b.rate ?? 0) - (a.rate ?? 0) || b.packets - a.packets;
}

/** Base chains, then those that drop, then the busy ones. */
function tellingFirst(a: ChainSummary, b: ChainSummary): number {
  return (
    Number(b.hook !== null) - Number(a.hook !== null) ||
    (b.dropped.rate ?? 0) - (a.dropped.rate ?? 0) ||
    (b.dropped.packets ?? 0) - (a.dropped.packets ?? 0) ||
    (b.busiest.packets ?? 0) - (a.busiest.packets ?? 0) ||
    (a.name < b.name ? -1 : 1)
  );
}

function ruleLine(rule: FirewallRule, spec: RuleSpec, index: number, rate: number | null): RuleLine {
  const { verdict } = spec;
  return {
    number: index + 1,
    text: ruleText(rule),
    asks: matchWords(spec),
    does: verdictWords(spec),
    target: verdict?.kind === 'jump' || verdict?.kind === 'goto' ? verdict.chain : null,
    // Felix knows its rules again by a hash: nothing for people.
    comments: spec.comments.filter((comment) => !/^cali:[\w-]{16}$/.test(comment)),
    packets: rule.packets,
    bytes: rule.bytes,
    rate,
    drops: isDrop(spec),
    line: rule.backend === 'xt' ? rule.line : null,
  };
}

export interface ChainQuestion {
  readonly table: TableKey;
  readonly chain: string;
  /** Part of a rule's text; '' is all. */
  readonly search: string;
  /** Of the rules found, how many are passed over. */
  readonly from: number;
}

export function firewallChain(
  known: KnownFirewall,
  names: FirewallNames,
  asked: ChainQuestion,
): FirewallChainView {
  const { now, before, head } = known;
  const table = now?.reading.tables.find(
    ({ backend, family, name }) =>
      backend === asked.table.backend && family === asked.table.family && name === asked.table.name,
  );
  const chain = table?.chains.find(({ name }) => name === asked.chain);
  const nothing = { evidence: table?.evidence ?? null, chain: null, found: 0, rules: [], callers: [] };
  if (now === null || table === undefined || chain === undefined)
    return { ...head, table: asked.table, ...nothing };
  const rates = chainRates(before, now, table, chain);
  const wanted = asked.search.toLowerCase();
  const found = chain.rules
    .map((rule, index) => ({ rule, index }))
    .filter(({ rule }) => wanted === '' || ruleText(rule).toLowerCase().includes(wanted));
  return {
    ...head,
    table: asked.table,
    evidence: table.evidence,
    chain: summaryOf(table, chain, rates, names, []),
    found: found.length,
    rules: found
      .slice(asked.from, asked.from + MOST_RULES)
      .map(({ rule, index }) => ruleLine(rule, ruleSpec(rule), index, rates.rules[index] ?? null)),
    callers: callersOf(table, chain.name),
  };
}

function callersOf(table: FirewallTable, name: string): string[] {
  const callers: string[] = [];
  for (const chain of table.chains) {
    if (callers.length >= MOST_CALLERS) break;
    if (chain.rules.some((rule) => chainsLedTo(rule, table).includes(name))) callers.push(chain.name);
  }
  return callers;
}
