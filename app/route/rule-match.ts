// Whether a policy rule is for a flow (Linux net/core/fib_rules.c fib_rule_match, net/ipv4/fib_rules.c fib4_rule_match,
// net/ipv6/fib6_rules.c fib6_rule_match).
import type { PolicyRule, PortRange } from '../probe/facts.ts';
import { inPrefix, parsePrefix, type Address, type Prefix } from './address.ts';
import type { Vrf } from './devices.ts';
import type { Flow } from './flow.ts';

export interface CompiledRule {
  readonly rule: PolicyRule;
  /** Its table, the kernel's own ones by name. */
  readonly table: string | null;
  readonly from: Prefix | null;
  readonly to: Prefix | null;
}

export function compileRule(rule: PolicyRule): CompiledRule {
  const prefix = (text: string | null): Prefix | null => (text === null ? null : parsePrefix(text));
  return { rule, table: tableName(rule.table), from: prefix(rule.from), to: prefix(rule.to) };
}

const KERNEL_TABLES: Readonly<Record<string, string>> = { '253': 'default', '254': 'main', '255': 'local' };

/** `ip -N` and a node without rt_tables print the kernel's own tables as numbers. */
export function tableName<T extends string | null>(table: T): T | string {
  return table !== null && Object.hasOwn(KERNEL_TABLES, table) ? (KERNEL_TABLES[table] ?? table) : table;
}

/** What of a rule is not so of a flow. `not`: all is, which it excludes. `unread`: nobody knows. */
export type Mismatch =
  | 'iif'
  | 'oif'
  | 'fwmark'
  | 'tunId'
  | 'l3mdev'
  | 'uidrange'
  | 'to'
  | 'from'
  | 'dscp'
  | 'tos'
  | 'ipproto'
  | 'sport'
  | 'dport'
  | 'not'
  | 'unread';

/** Why it is not for this flow; null when it is. @param vrf that the flow is in. */
export function whyNot(compiled: CompiledRule, flow: Flow, vrf: Vrf | null = null): Mismatch | null {
  const mismatch = selectorAgainst(compiled, flow, vrf);
  const { rule } = compiled;
  // What the rule asks for beyond what we know may or may not be so: it is not taken, and that is said.
  if (rule.unread.length > 0) return 'unread';
  if (rule.not) return mismatch === null ? 'not' : null;
  return mismatch;
}

function selectorAgainst({ rule, from, to }: CompiledRule, flow: Flow, vrf: Vrf | null): Mismatch | null {
  // The kernel's own packets come in by the loopback device; what comes in by a device of a VRF, by the VRF as well.
  if (rule.iif !== null && rule.iif !== (flow.iif ?? 'lo') && (flow.iif === null || rule.iif !== vrf?.name))
    return 'iif';
  if (rule.oif !== null && rule.oif !== flow.oif && (flow.iif !== null || rule.oif !== vrf?.name))
    return 'oif';
  if (rule.fwmark !== null && ((rule.fwmark.mark ^ flow.mark) & rule.fwmark.mask) !== 0) return 'fwmark';
  // Only a tunnel's packets have an id.
  if (rule.tunId !== null && rule.tunId !== '0') return 'tunId';
  if (rule.l3mdev && vrf === null) return 'l3mdev';
  if (!within(rule.uidrange, flow.uid)) return 'uidrange';
  if (to !== null && !inPrefix(flow.dst, to)) return 'to';
  if (from !== null && from.length > 0 && !inPrefix(sourceOf(flow), from)) return 'from';
  if (rule.dscp !== null && rule.dscp !== flow.tos >> 2) return 'dscp';
  if (rule.tos !== null && rule.tos !== 0 && rule.tos !== tosOf(flow)) return 'tos';
  if (rule.ipproto !== null && rule.ipproto !== 0 && rule.ipproto !== flow.ipproto) return 'ipproto';
  if (!within(rule.sport, flow.sport)) return 'sport';
  return within(rule.dport, flow.dport) ? null : 'dport';
}

function within(range: PortRange | null, value: number): boolean {
  return range === null || (value >= range.from && value <= range.to);
}

/** IPv4's legacy TOS selector looks at three of the six DSCP bits (fib_dscp_masked_match); IPv6's at all. */
export function tosOf({ tos, dst }: Flow): number {
  return dst.family === 4 ? tos & 0x1c : tos & 0xfc;
}

const UNSPECIFIED = {
  4: { family: 4, words: new Uint32Array(1) },
  6: { family: 6, words: new Uint32Array(4) },
} as const satisfies Record<4 | 6, Address>;

/** A source that is not chosen yet is 0.0.0.0 to the kernel. */
export function sourceOf({ src, dst }: Flow): Address {
  return src ?? UNSPECIFIED[dst.family];
}
