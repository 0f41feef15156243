import type { ReactNode } from 'react';
import { hookOrder, type HookSteps } from '../../../app/firewall/hook-order.ts';
import type { ChainSummary, TableKey, TableSummary } from '../../../app/firewall/firewall-model.ts';
import { openChain } from '../../state/firewall.ts';
import { rateText } from './numbers.tsx';
import { firewallStrings } from './strings.ts';

/** Hooks side by side as a packet meets them; in each the chains that the kernel calls, first to last. */
export function Way({ tables }: { readonly tables: readonly TableSummary[] }): ReactNode {
  const hooks = hookOrder(tables);
  if (hooks.length === 0) return null;
  return (
    <section aria-label={firewallStrings.way}>
      <h3 className="firewall-title">{firewallStrings.way}</h3>
      <ol className="firewall-way">
        {hooks.map((each) => (
          <Hook key={each.hook} {...each} />
        ))}
      </ol>
    </section>
  );
}

function Hook({ hook, steps }: HookSteps): ReactNode {
  return (
    <li className="firewall-hook">
      <div className="firewall-hook-name">
        <span className="mono">{hook}</span> <span className="faint">{firewallStrings.hooks[hook]}</span>
      </div>
      <ol>
        {steps.map(({ table, chain }) => (
          <li key={`${table.backend} ${table.family} ${table.name} ${chain.name}`}>
            <Step table={table} chain={chain} />
          </li>
        ))}
      </ol>
    </li>
  );
}

function Step({ table, chain }: { readonly table: TableKey; readonly chain: ChainSummary }): ReactNode {
  const { hook, policy } = chain;
  const counted = policy.packets ?? 0;
  const drops = hook?.policy === 'drop';
  const losing = drops && (policy.rate ?? 0) > 0;
  const tone = losing ? 'losing' : drops ? 'dropping' : chain.rules === 0 ? 'idle' : '';
  return (
    <button
      type="button"
      className={`firewall-step ${tone}`}
      title={chain.purpose ?? chain.name}
      data-testid={`firewall-step-${table.name}-${chain.name}`}
      onClick={() => {
        openChain({ table, name: chain.name });
      }}
    >
      <span className="mono faint firewall-priority">{String(hook?.priority ?? '')}</span>
      <span className="firewall-step-name truncate">
        {table.name} <span className="mono dim">{chain.name}</span>
      </span>
      <span className="firewall-step-note truncate">
        {tableWords(table)} · {firewallStrings.step(chain.rules)}
        {hook?.policy === 'drop'
          ? ` · ${firewallStrings.else.drop}${counted > 0 ? ` ${counted.toLocaleString('en')}` : ''}`
          : ''}
        {losing ? ` (${rateText(policy.rate)})` : ''}
      </span>
    </button>
  );
}

export function tableWords({ family, backend }: TableKey): string {
  return `${firewallStrings.families[family]} ${firewallStrings.backends[backend]}`;
}
