// Rules that take some packets of a connection and not others: by size, content, rate, chance of the moment. A trace follows one packet, the
// first, which they let pass or of which they cannot be known; that they take others, their own counters tell.
import type { FirewallChain, FirewallRule, FirewallTable } from '../probe/firewall-facts.ts';
import { ruleSpec } from '../probe/filter-rule.ts';
import { isFields } from '../probe/nft-rule.ts';
import type { RuleMatch } from '../probe/rule-spec.ts';
import { parseAddress } from '../route/address.ts';
import { isDrop } from '../firewall/rule-words.ts';
import { chainPurpose, type ChainOwner } from '../firewall/chain-purpose.ts';
import { chainsLedTo } from '../firewall/leads-to.ts';
import { addressTestOf } from '../firewall/xt-test.ts';

export interface SelectiveRule {
  readonly table: FirewallTable;
  readonly chain: string;
  /** From 1. */
  readonly number: number;
  readonly rule: FirewallRule;
  /**
   * `limit`: it keeps packets to so many, and some are meant to be lost. `kind`: connections of some kind, whose every packet is alike. `hidden`: what it
   * matches nft does not show (ebtables’ and iptables’ own matches). `unseen`: what it asks for was not read of any packet.
   */
  readonly by: 'limit' | 'contents' | 'kind' | 'hidden' | 'unseen';
  /** Of a rule that also takes what no limit before it let pass (the last one of a chain): the numbers of those limits'. */
  readonly leftOverBy?: readonly number[];
}

const LIMITS = /\b(?:hash|conn)?limit\b|\b(?:quota|recent|connbytes|meter)\b|\bct count\b/;
const CONTENTS = /\b(?:length|string|u32|bpf)\b|@(?:nh|th|ih|ll)\b/;
/** What a sender says in each packet of a connection, or in its first. */
const KINDS = /\b(?:ttl|hl|hoplimit|dscp|tos|tcpmss|maxseg)\b/;

/** What no reading tells of a packet. */
const UNSEEN =
  /\b(?:mac|cpu|cgroup|osf|realm|rateest|cluster|helper|time|ether [sd]addr|meta (?:day|hour|time|random))\b/;

/** What their chains take of a connection is a policy or a Service. */
const OF_THE_NETWORK: ReadonlySet<ChainOwner> = new Set<ChainOwner>([
  'calico',
  'kube-proxy',
  'kube-router',
  'azure-npm',
]);

/** Of what a node passes on, in tables of nobody that belongs to the cluster's network. */
export function selectiveRules(tables: readonly FirewallTable[]): SelectiveRule[] {
  return tables.flatMap((table) =>
    passing(table).flatMap(({ name, hook, rules }) => {
      const { owner } = chainPurpose({
        family: table.family,
        table: table.name,
        chain: name,
        base: hook !== null,
      });
      if (OF_THE_NETWORK.has(owner)) return [];
      const limits = limitsOf(rules);
      return rules.flatMap((rule, at): SelectiveRule[] => {
        if (!isCounting(rule)) return [];
        const place = { table, chain: name, number: at + 1, rule };
        const by = selection(rule);
        if (by !== null) return [{ ...place, by }];
        const wider = leftOver(limits, place.number, rule);
        if (wider === null) return [];
        return [{ ...place, by: 'limit', ...(wider.length > 0 ? { leftOverBy: wider } : {}) }];
      });
    }),
  );
}

function isCounting({ packets }: FirewallRule): boolean {
  return packets !== null && packets > 0;
}

function selection(rule: FirewallRule): SelectiveRule['by'] | null {
  const spec = ruleSpec(rule);
  if (!isDrop(spec)) return null;
  if (rule.backend === 'nft' && rule.expr.some(isHiddenMatch)) return 'hidden';
  const asked = spec.matches.flatMap((match) => (match.kind === 'other' ? [match.module ?? match.text] : []));
  if (asked.some((text) => LIMITS.test(text))) return 'limit';
  if (asked.some((text) => CONTENTS.test(text))) return 'contents';
  if (asked.some((text) => KINDS.test(text))) return 'kind';
  return asked.some((text) => UNSEEN.test(text)) ? 'unseen' : null;
}

/** A rule that lets so many of some packets pass. */
interface Limit {
  /** From 1. */
  readonly number: number;
  /** What it asks for, the limit among it. */
  readonly asked: ReadonlySet<string>;
  /** How much of it is no limit. */
  readonly others: number;
}

function limitsOf(rules: readonly FirewallRule[]): Limit[] {
  return rules.flatMap((rule, at) => {
    const { verdict, matches } = ruleSpec(rule);
    if (verdict?.kind !== 'accept' && verdict?.kind !== 'return') return [];
    const others = matches.filter(
      (match) => match.kind !== 'other' || !LIMITS.test(match.module ?? match.text),
    ).length;
    if (others === matches.length) return [];
    return [{ number: at + 1, asked: new Set(matches.map((match) => JSON.stringify(match))), others }];
  });
}

/** Rules before let so many of these pass, and this one has the others: the numbers of those that are all narrower, none where one is not; null: it is none of that kind. */
function leftOver(limits: readonly Limit[], number: number, rule: FirewallRule): number[] | null {
  if (limits.length === 0) return null;
  const spec = ruleSpec(rule);
  if (!isDrop(spec)) return null;
  const asked = spec.matches.map((match) => JSON.stringify(match));
  const own = limits.filter((one) => one.number < number && asked.every((match) => one.asked.has(match)));
  if (own.length === 0) return null;
  return own.some(({ others }) => others === asked.length) ? [] : own.map((one) => one.number);
}

/** A packet that a node passes on; null: not known. */
export interface PassedOn {
  readonly iif: string | null;
  readonly oif: string | null;
  readonly src: string;
  readonly dst: string;
}

/** By the devices and addresses that it asks for: what is for somebody else's machines (Docker's, a hypervisor's) takes no Pod's packet. */
export function mayTake(rule: FirewallRule, packets: readonly PassedOn[]): boolean {
  const tests = ruleSpec(rule).matches.flatMap((match) => {
    const asked =
      match.kind === 'interface' ? ofDevice(match) : match.kind === 'address' ? ofEnd(match) : null;
    return asked === null ? [] : [asked];
  });
  return packets.some((packet) => tests.every((test) => test(packet)));
}

type Test = (packet: PassedOn) => boolean;

function ofDevice({ end, names, negated }: Extract<RuleMatch, { kind: 'interface' }>): Test {
  return ({ iif, oif }) => {
    const device = end === 'in' ? iif : oif;
    const fits = (name: string): boolean =>
      name.endsWith('+') ? device?.startsWith(name.slice(0, -1)) === true : device === name;
    return device === null || names.some(fits) !== negated;
  };
}

/** Null: an address is written as nobody understands. */
function ofEnd({ end, addresses, negated }: Extract<RuleMatch, { kind: 'address' }>): Test | null {
  const tests = addresses.map(addressTestOf);
  if (tests.includes(null)) return null;
  return ({ src, dst }) => {
    const address = parseAddress(end === 'src' ? src : dst);
    return address === null || tests.some((test) => test?.(address) === true) !== negated;
  };
}

/** Of a comment there is nothing to know. */
function isHiddenMatch(part: unknown): boolean {
  const xt = isFields(part) && 'xt' in part ? part['xt'] : undefined;
  return xt !== undefined && !(isFields(xt) && xt['name'] === 'comment');
}

/** Chains that a packet which is passed on may come to: of that hook, and those that they lead to. */
function passing(table: FirewallTable): FirewallChain[] {
  const { chains } = table;
  const found = new Set(chains.filter(({ hook }) => hook?.hook === 'forward'));
  if (found.size === 0) return [];
  const named = new Map(chains.map((chain) => [chain.name, chain]));
  // What is added while it goes on is looked at as well.
  for (const { rules } of found)
    for (const rule of rules)
      for (const name of chainsLedTo(rule, table)) {
        const next = named.get(name);
        if (next !== undefined) found.add(next);
      }
  return [...found];
}
