// What rose on a node between two readings that lie around a probe: rules of its packet filters, and what the drop ledger makes of its counters.
import { keyOf } from '../firewall/firewall-view.ts';
import { isDrop } from '../firewall/rule-words.ts';
import { dropReasons } from '../ledger/drop-reasons.ts';
import { isFiltered } from '../ledger/filter-notes.ts';
import { reckonDrops } from '../ledger/reckon-drops.ts';
import type { DropContext } from '../ledger/drop-context.ts';
import { ruleSpec, ruleText } from '../probe/filter-rule.ts';
import type { FirewallChain, FirewallReading, FirewallTable } from '../probe/firewall-facts.ts';
import type { NodeSnapshot } from '../probe/snapshot.ts';
import type { TraceHop, TraceRule } from './model.ts';
import type { RisenCounter } from './probe-model.ts';

export interface Moments {
  readonly node: string;
  readonly before: NodeSnapshot;
  readonly after: NodeSnapshot;
  readonly context: DropContext;
  /** Of the node's namespaces by inode, those that have a name. */
  readonly names: ReadonlyMap<number, string>;
}

const MOST_RISEN = 200;

/** @param way the hops of the predicted way, forth and then back: what they meet comes first, in their order. */
export function risenCounters(moments: readonly Moments[], way: readonly TraceHop[]): RisenCounter[] {
  const order = new Map<string, number>();
  for (const { node, steps } of way)
    for (const { rules } of steps)
      for (const rule of rules) {
        const key = wayKey(node, rule);
        if (!order.has(key)) order.set(key, order.size);
      }
  const rose = moments.flatMap((one) => {
    const rules = risenRules(one, order);
    // What a rule is named for is not told a second time by what the counters of IP lack.
    const isNamed = rules.some(({ counter }) => counter.drops);
    return [...rules, ...risenDrops(one, isNamed)];
  });
  return rose
    .sort((a, b) => a.at - b.at)
    .map(({ counter }) => counter)
    .slice(0, MOST_RISEN);
}

interface Placed {
  readonly counter: RisenCounter;
  readonly at: number;
}

/** The same rule by whatever it is told. */
function wayKey(
  node: string,
  {
    backend,
    family,
    table,
    chain,
    number,
  }: Pick<TraceRule, 'backend' | 'family' | 'table' | 'chain' | 'number'>,
): string {
  return [node, backend, family, table, chain, number].join(' ');
}

function risenRules({ node, before, after }: Moments, order: ReadonlyMap<string, number>): Placed[] {
  const old = before.firewall?.value ?? null;
  const now = after.firewall?.value ?? null;
  if (old === null || now === null) return [];
  return now.tables.flatMap((table) =>
    table.chains.flatMap((chain) => {
      const then = chainOf(old, table, chain.name);
      return then === null ? [] : risenOfChain(node, table, then, chain, order);
    }),
  );
}

function chainOf(
  reading: FirewallReading,
  { backend, family, name }: FirewallTable,
  chain: string,
): FirewallChain | null {
  const table = reading.tables.find(
    (one) => one.backend === backend && one.family === family && one.name === name,
  );
  return table?.chains.find((one) => one.name === chain) ?? null;
}

function risenOfChain(
  node: string,
  table: FirewallTable,
  then: FirewallChain,
  chain: FirewallChain,
  order: ReadonlyMap<string, number>,
): Placed[] {
  // A chain that was written anew meanwhile began its counters anew.
  const isSame =
    then.rules.length === chain.rules.length &&
    chain.rules.every((rule, index) => {
      const old = then.rules[index];
      return old !== undefined && ruleText(old) === ruleText(rule);
    });
  if (!isSame) return [];
  const { backend, family, name } = keyOf(table);
  const placed = (number: number, rose: number, text: () => string, drops: () => boolean): Placed[] => {
    if (rose <= 0) return [];
    const at = order.get(wayKey(node, { backend, family, table: name, chain: chain.name, number }));
    const ends = drops();
    if (at === undefined && !ends) return [];
    const counter: RisenCounter = {
      node,
      kind: 'rule',
      name: `${name} ${chain.name} ${number === 0 ? 'policy' : `rule ${String(number)}`}`,
      text: text().slice(0, 500),
      rose,
      onWay: at !== undefined,
      drops: ends,
    };
    return [{ counter, at: at ?? order.size }];
  };
  const rules = chain.rules.flatMap((rule, index) => {
    const rose = (rule.packets ?? 0) - (then.rules[index]?.packets ?? 0);
    return placed(
      index + 1,
      rose,
      () => ruleText(rule),
      () => isDrop(ruleSpec(rule)),
    );
  });
  const policy = chain.hook?.policy ?? 'accept';
  return [
    ...rules,
    ...placed(
      0,
      (chain.packets ?? 0) - (then.packets ?? 0),
      () => `policy ${policy}`,
      () => policy === 'drop',
    ),
  ];
}

function risenDrops({ node, before, after, context, names }: Moments, isNamed: boolean): Placed[] {
  const old = before.counters?.value ?? null;
  const now = after.counters?.value ?? null;
  if (old === null || now === null) return [];
  return reckonDrops(old, now, context).drops.flatMap((entry): Placed[] => {
    if (isNamed && isFiltered(entry)) return [];
    const inside =
      entry.namespace === null
        ? ''
        : ` in ${names.get(entry.namespace) ?? `namespace ${String(entry.namespace)}`}`;
    const device = entry.device === null ? '' : ` at ${entry.device}`;
    const counter: RisenCounter = {
      node,
      kind: 'drop',
      name: `${dropReasons[entry.reason].title}${inside}${device}`,
      text: entry.proof.map(({ counter: name, rise }) => `${name} +${String(rise)}`).join(', '),
      rose: entry.packets,
      onWay: false,
      drops: true,
    };
    return [{ counter, at: Infinity }];
  });
}
