// A reading of packet filters made ready to be walked: base chains in the kernel's order, rules as steps, each chain when a packet
// first comes to it.
import { ruleSpec, ruleText } from '../probe/filter-rule.ts';
import { TRACE_TABLE } from '../probe/flow-trace.ts';
import type {
  FirewallChain,
  FirewallReading,
  FirewallRule,
  FirewallTable,
  HookName,
} from '../probe/firewall-facts.ts';
import { parseAddress } from '../route/address.ts';
import type { Scalar } from './filter-value.ts';
import type { BaseChain, CompiledChain, CompiledRule, CompiledTable } from './compiled-chain.ts';
import { ipsetLookups, type IpsetLookup } from './ipset-lookup.ts';
import { nftSteps } from './nft-program.ts';
import { addressScalar } from './packet-view.ts';
import type { Step } from './rule-program.ts';
import { ipvsChain, IPVS_PRIORITY } from './virtual-servers.ts';
import { xtMatchSteps } from './xt-match.ts';
import { xtTargetSteps } from './xt-target.ts';

/** `bridge`, `arp`: the chains that a bridge calls, and ARP. */
export type Layer = 'ip' | 'bridge' | 'arp';

export interface CompiledFirewall {
  /** In the kernel's order. */
  baseChains(hook: HookName, layer: Layer, family: 4 | 6): readonly BaseChain[];
}

const COMPILED = new WeakMap<FirewallReading, CompiledFirewall>();

export function compiledFirewall(reading: FirewallReading): CompiledFirewall {
  let compiled = COMPILED.get(reading);
  if (compiled === undefined) {
    compiled = compile(reading);
    COMPILED.set(reading, compiled);
  }
  return compiled;
}

/** NF_IP_PRI_CONNTRACK. */
export const CONNTRACK = -200;

function compile(reading: FirewallReading): CompiledFirewall {
  const sets = ipsetLookups(reading.ipsets);
  const tables = reading.tables
    // What a rule trace of ours has there for some seconds lets everything pass.
    .filter(({ name }) => !name.startsWith(TRACE_TABLE))
    .map((table) => ({ table, compiled: compileTable(table, sets) }));
  const known = new Map<string, readonly BaseChain[]>();
  return {
    baseChains(hook, layer, family) {
      const key = `${hook} ${layer} ${family}`;
      let chains = known.get(key);
      if (chains === undefined) {
        const families = familiesAt(hook, layer, family);
        const placed = tables
          .filter(({ table }) => families.includes(table.family))
          .flatMap(({ table, compiled }) => table.chains.map((chain) => ({ chain, compiled })))
          .filter(({ chain }) => chain.hook?.hook === hook)
          // Of one priority the younger comes first (nf_hook_entry_grow); tools list the elder first.
          .reverse()
          .sort((a, b) => order(a.chain, b.chain))
          .flatMap(({ chain, compiled }) => {
            const base = baseChain(chain, compiled);
            return base === null ? [] : [{ base, place: placeOf(chain) }];
          });
        const ipvs = layer === 'ip' ? ipvsChain(reading.virtualServers, hook) : null;
        if (ipvs !== null) {
          const place = hook === 'input' ? IPVS_PRIORITY.input : IPVS_PRIORITY.output;
          const after = placed.findIndex((other) => other.place > place);
          placed.splice(after < 0 ? placed.length : after, 0, { base: ipvs, place });
        }
        chains = placed.map(({ base }) => base);
        known.set(key, chains);
      }
      return chains;
    },
  };
}

function familiesAt(hook: HookName, layer: Layer, family: 4 | 6): readonly string[] {
  if (layer !== 'ip') return [layer];
  if (hook === 'ingress' || hook === 'egress') return ['netdev', 'inet'];
  return ['inet', family === 4 ? 'ip' : 'ip6'];
}

/** All nat chains are called at one place, whatever priority they name (nf_nat_register_fn); it orders them there. */
function placeOf({ hook }: FirewallChain): number {
  if (hook === null) return 0;
  if (hook.type !== 'nat') return hook.priority;
  return hook.hook === 'prerouting' || hook.hook === 'output' ? -100 : 100;
}

function order(a: FirewallChain, b: FirewallChain): number {
  return placeOf(a) - placeOf(b) || (a.hook?.priority ?? 0) - (b.hook?.priority ?? 0);
}

function baseChain(chain: FirewallChain, table: CompiledTable): BaseChain | null {
  const compiled = table.chain(chain.name);
  if (compiled === null || chain.hook === null) return null;
  const { hook, type, device } = chain.hook;
  const mayBeBefore = hook === 'prerouting' || hook === 'output';
  return {
    chain: compiled,
    isNat: type === 'nat',
    priority: chain.hook.priority,
    afterConntrack: mayBeBefore ? placeOf(chain) > CONNTRACK : hook !== 'ingress',
    devices:
      device !== null ? device.split(', ') : hook === 'ingress' || hook === 'egress' ? 'unknown' : 'every',
  };
}

function compileTable(table: FirewallTable, sets: ReadonlyMap<string, IpsetLookup>): CompiledTable {
  const { backend, family, name, chains } = table;
  const byName = new Map<string, CompiledChain>();
  const compiled: CompiledTable = {
    key: { backend, family, name },
    deepest: backend === 'legacy' ? Math.max(16, chains.length) : 16,
    chain: (wanted) => byName.get(wanted) ?? null,
  };
  for (const chain of chains) byName.set(chain.name, compileChain(chain, table, compiled, sets));
  return compiled;
}

function compileChain(
  chain: FirewallChain,
  source: FirewallTable,
  table: CompiledTable,
  sets: ReadonlyMap<string, IpsetLookup>,
): CompiledChain {
  let rules: readonly CompiledRule[] | null = null;
  return {
    name: chain.name,
    table,
    policy: chain.hook?.policy ?? 'accept',
    get rules() {
      return (rules ??= chain.rules.map((rule, at) => compileRule(rule, at + 1, source, sets)));
    },
  };
}

function compileRule(
  rule: FirewallRule,
  number: number,
  table: FirewallTable,
  sets: ReadonlyMap<string, IpsetLookup>,
): CompiledRule {
  let text: string | null = null;
  let steps: readonly Step[] | null = null;
  return {
    rule,
    number,
    onlyTo: rule.backend === 'xt' ? onlyDestination(rule.text) : null,
    get steps() {
      return (steps ??= rule.backend === 'xt' ? xtSteps(rule, sets) : nftSteps(rule, table));
    },
    text: () => (text ??= ruleText(rule)),
  };
}

/** iptables-save prints it before all else but the source. */
function onlyDestination(text: string): Scalar | null {
  const address = /^-d ([0-9a-f.:]{1,45})\/(?:32|128) /.exec(text)?.[1];
  const parsed = address === undefined ? null : parseAddress(address);
  return parsed === null ? null : addressScalar(parsed);
}

function xtSteps(rule: FirewallRule, sets: ReadonlyMap<string, IpsetLookup>): Step[] {
  const spec = ruleSpec(rule);
  return [...xtMatchSteps(spec.matches, sets), ...xtTargetSteps(spec)];
}
