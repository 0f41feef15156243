// `iptables-save -c`, `ip6tables-save -c` of either backend (iptables/iptables-save.c, xtables-save.c): tables, chains with their
// policies, rules with counters. Rules are kept as text; rule-spec.ts reads one.
import type { EvidenceId } from './facts.ts';
import type { ChainHook, FirewallChain, FirewallTable, HookName, XtRule } from './firewall-facts.ts';
import { EntryList } from './unread.ts';

export interface XtablesSource {
  readonly backend: 'legacy' | 'nft-compat';
  readonly family: 'ip' | 'ip6';
  readonly evidence: EvidenceId;
}

export interface XtablesSave {
  readonly tables: EntryList<FirewallTable>;
  /** Tables of these names hold what iptables cannot show: of them it prints nothing, or chains that are not there. */
  readonly incompatible: readonly string[];
  /** False: the last table has no COMMIT, so that rules may be missing. */
  readonly whole: boolean;
}

/** Priorities of the hooks that iptables' tables have (linux/netfilter_ipv4.h, nf_ip_hook_priorities). */
const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };
const HOOK_OF_CHAIN: Readonly<Record<string, HookName>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

interface OpenChain {
  name: string;
  hook: ChainHook | null;
  packets: number | null;
  bytes: number | null;
  rules: XtRule[];
}

export function parseXtablesSave(output: string, source: XtablesSource): XtablesSave {
  const tables = new EntryList<FirewallTable>();
  const incompatible: string[] = [];
  let table: { name: string; chains: Map<string, OpenChain> } | null = null;
  let line = 0;
  const close = (): void => {
    if (table === null) return;
    tables.entries.push({
      ...source,
      name: table.name,
      chains: [...table.chains.values()] satisfies FirewallChain[],
      sets: [],
    });
    table = null;
  };
  for (let from = 0; from < output.length;) {
    const newline = output.indexOf('\n', from);
    const to = newline < 0 ? output.length : newline;
    const text = output.slice(from, to).trimEnd();
    from = to + 1;
    line += 1;
    if (text === '') continue;
    if (text.startsWith('#')) {
      const foreign = /^# Table `([^']+)' (?:is|contains) incompatible/.exec(text)?.[1];
      if (foreign !== undefined) incompatible.push(foreign);
    } else if (text.startsWith('*')) {
      close();
      table = { name: text.slice(1), chains: new Map() };
    } else if (text === 'COMMIT' && table !== null) {
      close();
    } else if (table === null || !takeLine(table, text, line)) {
      tables.notUnderstood(`line ${line}`, text);
    }
  }
  const whole = table === null;
  close();
  return { tables, incompatible, whole };
}

function takeLine(
  table: { name: string; chains: Map<string, OpenChain> },
  text: string,
  line: number,
): boolean {
  const declared = /^:(\S+) (\S+)(?: \[(\d+):(\d+)\])?$/.exec(text);
  if (declared !== null) {
    const [, name = '', policy = '', packets, bytes] = declared;
    const hook = policy === '-' ? null : hookOf(table.name, name, policy);
    const counted = hook !== null && packets !== undefined;
    table.chains.set(name, {
      name,
      hook,
      packets: counted ? Number(packets) : null,
      bytes: counted ? Number(bytes) : null,
      rules: [],
    });
    return true;
  }
  const rule = /^(?:\[(\d+):(\d+)\] )?-A (\S+)(?: (.*))?$/.exec(text);
  if (rule === null) return false;
  const [, packets, bytes, name = '', spec = ''] = rule;
  let chain = table.chains.get(name);
  if (chain === undefined) {
    // A pasted piece may lack the declarations.
    chain = { name, hook: hookOf(table.name, name, null), packets: null, bytes: null, rules: [] };
    table.chains.set(name, chain);
  }
  chain.rules.push({
    backend: 'xt',
    packets: packets === undefined ? null : Number(packets),
    bytes: bytes === undefined ? null : Number(bytes),
    text: spec,
    line,
  });
  return true;
}

function hookOf(table: string, chain: string, policy: string | null): ChainHook | null {
  const hook = HOOK_OF_CHAIN[chain];
  if (hook === undefined) return null;
  // Destinations are rewritten before routing, sources after all else.
  const nat = hook === 'prerouting' || hook === 'output' ? -100 : 100;
  const said = policy === 'DROP' ? 'drop' : policy === 'ACCEPT' ? 'accept' : null;
  const type = table === 'nat' ? 'nat' : table === 'mangle' && hook === 'output' ? 'route' : 'filter';
  return {
    hook,
    type,
    priority: table === 'nat' ? nat : (PRIORITIES[table] ?? 0),
    policy: said,
    device: null,
  };
}
