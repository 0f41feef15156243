// The way of a packet through a node: hooks in the kernel's order, in each the base chains by priority.
import { HOOKS, type HookName } from '../probe/firewall-facts.ts';
import type { ChainSummary, TableKey, TableSummary } from './firewall-model.ts';

export interface HookSteps {
  readonly hook: HookName;
  readonly steps: readonly { readonly table: TableKey; readonly chain: ChainSummary }[];
}

/** Hooks at which nothing stands are left out. Where two have one priority, the order between them is not known. */
export function hookOrder(tables: readonly Pick<TableSummary, 'key' | 'chains'>[]): HookSteps[] {
  const all = tables.flatMap(({ key, chains }) => chains.map((chain) => ({ table: key, chain })));
  return HOOKS.flatMap((hook) => {
    const steps = all
      .filter(({ chain }) => chain.hook?.hook === hook)
      .sort((a, b) => (a.chain.hook?.priority ?? 0) - (b.chain.hook?.priority ?? 0));
    return steps.length === 0 ? [] : [{ hook, steps }];
  });
}
