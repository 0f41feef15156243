// The routes and policy rules of one network namespace, and which of them the kernel would take.
// IPv4: net/ipv4/fib_trie.c fib_table_lookup, fib_rules.c; IPv6: net/ipv6/route.c fib6_table_lookup, find_rr_leaf.
import { readRuleWords } from '../probe/rule-words.ts';
import type { PolicyRule, Route } from '../probe/facts.ts';
import { UNKNOWN_DEVICES, type Devices, type Vrf } from './devices.ts';
import type { Address } from './address.ts';
import { NO_FIELDS, type Flow } from './flow.ts';
import { RouteTable, type TableAnswer } from './route-table.ts';
import { compileRule, tableName, whyNot, type CompiledRule, type Mismatch } from './rule-match.ts';

export type RejectingType = 'blackhole' | 'unreachable' | 'prohibit';

export type FibAnswer =
  | { readonly kind: 'route'; readonly rule: PolicyRule; readonly route: Route }
  /** By a route of that type; or by the rule itself when `route` is null. */
  | {
      readonly kind: 'rejected';
      readonly type: RejectingType;
      readonly rule: PolicyRule;
      readonly route: Route | null;
    }
  | { readonly kind: 'none' };

/** What became of one rule, in the order in which the kernel looks at them. */
export interface RuleStep {
  readonly rule: PolicyRule;
  /** The table that it led to: for an l3mdev rule the VRF's. */
  readonly table: string | null;
  readonly outcome:
    | { readonly kind: 'won' }
    | { readonly kind: 'no-match'; readonly mismatch: Mismatch }
    | { readonly kind: 'no-route' }
    | { readonly kind: 'throw'; readonly route: Route }
    | { readonly kind: 'suppressed'; readonly route: Route }
    | { readonly kind: 'nop' }
    | { readonly kind: 'goto'; readonly priority: number; readonly there: boolean };
}

const NO_ROUTE: FibAnswer = { kind: 'none' };

export class Fib {
  readonly family: 4 | 6;
  /** In the kernel's order. */
  readonly rules: readonly CompiledRule[];
  /** By name; `local` and `main` are the same where they are merged. */
  readonly tables: ReadonlyMap<string, RouteTable>;
  /** IPv4 until the first rule of one's own: local and main are one trie, and the longest prefix of both wins. */
  readonly merged: RouteTable | null;
  readonly devices: Devices;

  constructor(
    family: 4 | 6,
    routes: readonly Route[],
    rules: readonly PolicyRule[],
    devices: Devices = UNKNOWN_DEVICES,
  ) {
    this.family = family;
    this.devices = devices;
    const own = rules.filter((rule) => rule.family === family);
    this.rules = (own.length === 0 ? unreadRules(family) : own)
      .map(compileRule)
      // Stable: rules of one priority stay in the order of the list.
      .toSorted((a, b) => a.rule.priority - b.rule.priority);
    const byTable = new Map<string, Route[]>();
    for (const route of routes) {
      if (route.family !== family) continue;
      const table = tableName(route.table);
      const list = byTable.get(table);
      if (list === undefined) byTable.set(table, [route]);
      else list.push(route);
    }
    // A rule of one's own splits them, and so does taking one of theirs away (fib4_rule_delete).
    const isLed = (name: string): boolean => this.rules.some(({ table }) => table === name);
    const isMerged = family === 4 && this.rules.every(isKernelRule) && isLed('local') && isLed('main');
    this.merged = isMerged
      ? new RouteTable(4, [...(byTable.get('local') ?? []), ...(byTable.get('main') ?? [])])
      : null;
    const tables = new Map<string, RouteTable>();
    for (const [name, list] of byTable) {
      const one = this.merged !== null && (name === 'local' || name === 'main') ? this.merged : null;
      tables.set(name, one ?? new RouteTable(family, list));
    }
    this.tables = tables;
  }

  /** @param steps gathers what became of each rule. */
  lookup(asked: Flow, steps?: RuleStep[]): FibAnswer {
    const vrf = this.vrfOf(asked);
    // A sender that insists on a VRF insists on none of its devices (l3mdev_update_flow).
    const flow = vrf !== null && asked.oif === vrf.name ? { ...asked, oif: null } : asked;
    for (let at = 0; at < this.rules.length; at += 1) {
      const compiled = this.rules[at];
      if (compiled === undefined) break;
      const { rule } = compiled;
      const table = rule.l3mdev ? (vrf?.table ?? null) : compiled.table;
      const mismatch = whyNot(compiled, flow, vrf);
      if (mismatch !== null) {
        steps?.push({ rule, table, outcome: { kind: 'no-match', mismatch } });
        continue;
      }
      switch (rule.action) {
        case 'nop':
          steps?.push({ rule, table, outcome: { kind: 'nop' } });
          continue;
        case 'goto': {
          const priority = rule.goto ?? 0;
          const target = this.rules.findIndex((other) => other.rule.priority === priority);
          steps?.push({ rule, table, outcome: { kind: 'goto', priority, there: target > at } });
          // Only forward: the kernel refuses others, and so no text makes this endless.
          if (target > at) at = target - 1;
          continue;
        }
        case 'blackhole':
        case 'unreachable':
        case 'prohibit':
          steps?.push({ rule, table, outcome: { kind: 'won' } });
          return { kind: 'rejected', type: rule.action, rule, route: null };
        case 'lookup': {
          const found = (table === null ? undefined : this.tables.get(table))?.lookup(flow) ?? null;
          const outcome = this.#outcome(rule, found, flow);
          steps?.push({ rule, table, outcome });
          if (outcome.kind === 'won' && found !== null) return answerOf(rule, found);
        }
      }
    }
    return NO_ROUTE;
  }

  /** That the flow is in. */
  vrfOf({ oif, iif, l3dev }: Flow): Vrf | null {
    if (this.devices.vrfs.length === 0) return null;
    const dev = l3dev ?? oif ?? iif;
    return dev === null ? null : this.devices.vrfOf(dev);
  }

  /** Whether the rule may lead there: an l3mdev rule leads to the table of any VRF. */
  leadsTo({ rule, table }: CompiledRule, name: string): boolean {
    if (rule.action !== 'lookup') return false;
    return rule.l3mdev ? this.devices.vrfs.some((vrf) => vrf.table === name) : table === name;
  }

  /** An address of this machine: table local has it, or that of a VRF. */
  isLocal(address: Address): boolean {
    const at = ['local', ...this.devices.vrfs.map(({ table }) => table)];
    return at.some((name) => this.tables.get(name)?.lookup({ ...NO_FIELDS, dst: address })?.type === 'local');
  }

  #outcome(rule: PolicyRule, found: TableAnswer | null, flow: Flow): RuleStep['outcome'] {
    if (found === null) return { kind: 'no-route' };
    const { route, type } = found;
    if (type === 'throw') return { kind: 'throw', route };
    // What rejects is not suppressed (fib_rules_lookup: only when there was no error).
    if (type === 'blackhole' || type === 'unreachable' || type === 'prohibit') return { kind: 'won' };
    const short = rule.suppressPrefixLength !== null && found.length <= rule.suppressPrefixLength;
    const dev = this.#judgedBy(route, flow.oif);
    const group = dev === null ? undefined : this.devices.groupOf(dev);
    const forbidden =
      rule.suppressIfgroup !== null && group !== undefined && groupName(rule.suppressIfgroup) === group;
    return short || forbidden ? { kind: 'suppressed', route } : { kind: 'won' };
  }

  /** Of several paths the device that suppress_ifgroup looks at: IPv4's first; IPv6's chosen one, which nobody foresees. */
  #judgedBy({ dev, nexthops }: Route, oif: string | null): string | null {
    const chosen = this.family === 6 ? nexthops.find((hop) => hop.dev === oif) : undefined;
    return (chosen ?? nexthops[0])?.dev ?? dev;
  }
}

function answerOf(rule: PolicyRule, { route, type }: TableAnswer): FibAnswer {
  return type === 'blackhole' || type === 'unreachable' || type === 'prohibit'
    ? { kind: 'rejected', type, rule, route }
    : { kind: 'route', rule, route };
}

function groupName(group: string): string {
  return group === '0' ? 'default' : group;
}

/** Those that every namespace begins with. */
function isKernelRule({ rule, table }: CompiledRule): boolean {
  if (rule.action !== 'lookup' || rule.unread.length > 0 || rule.not || rule.l3mdev) return false;
  return (
    rule.text.startsWith('from all lookup ') &&
    ((rule.priority === 0 && table === 'local') ||
      (rule.priority === 32766 && table === 'main') ||
      (rule.priority === 32767 && table === 'default'))
  );
}

/** Where no rules were read (an ip that knows none): those of the kernel. */
function unreadRules(family: 4 | 6): PolicyRule[] {
  return (family === 4 ? KERNEL_RULES_4 : KERNEL_RULES_6).map(([priority, table]) => ({
    priority,
    family,
    text: `from all lookup ${table}`,
    ...readRuleWords(['from', 'all', 'lookup', table]),
  }));
}

const KERNEL_RULES_6 = [
  [0, 'local'],
  [32766, 'main'],
] as const;
const KERNEL_RULES_4 = [...KERNEL_RULES_6, [32767, 'default']] as const;
