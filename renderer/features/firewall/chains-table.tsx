import type { ReactNode } from 'react';
import type { ChainSummary, TableSummary } from '../../../app/firewall/firewall-model.ts';
import { openChain } from '../../state/firewall.ts';
import { ColumnHeads } from './column-heads.tsx';
import { Packets, rateText } from './numbers.tsx';
import { firewallStrings } from './strings.ts';
import { tableWords } from './way.tsx';

export function ChainsTable({
  tables,
  search,
}: {
  readonly tables: readonly TableSummary[];
  readonly search: string;
}): ReactNode {
  const shown = tables.filter(({ chains }) => chains.length > 0);
  if (shown.length === 0) return <div className="empty">{firewallStrings.noChain(search)}</div>;
  return (
    <section aria-label={firewallStrings.chains}>
      <table className="firewall-table chains" data-testid="firewall-chains">
        <ColumnHeads columns={firewallStrings.chainColumns} />
        {shown.map((table) => (
          <Table
            key={`${table.key.backend} ${table.key.family} ${table.key.name}`}
            table={table}
            search={search}
          />
        ))}
      </table>
    </section>
  );
}

function Table({ table, search }: { readonly table: TableSummary; readonly search: string }): ReactNode {
  const { key, rules, chainCount, chains } = table;
  const left = search === '' ? chainCount - chains.length : 0;
  return (
    <tbody>
      <tr>
        <th colSpan={6} scope="rowgroup" className="firewall-group">
          {key.name} <span className="faint">{`${tableWords(key)} · ${firewallStrings.step(rules)}`}</span>
        </th>
      </tr>
      {chains.map((chain) => (
        <Chain key={chain.name} table={table} chain={chain} />
      ))}
      {left > 0 ? (
        <tr>
          <td colSpan={6} className="faint">
            {firewallStrings.more(left)}
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}

function Chain({ table, chain }: { readonly table: TableSummary; readonly chain: ChainSummary }): ReactNode {
  const { name, subject, purpose, owner, rules, busiest, dropped } = chain;
  const open = (): void => {
    openChain({ table: table.key, name });
  };
  return (
    <tr className={`firewall-row ${(dropped.rate ?? 0) > 0 ? 'losing' : ''}`} onClick={open}>
      <td className="truncate">
        <button
          type="button"
          className="firewall-link mono truncate"
          title={name}
          onClick={(event) => {
            event.stopPropagation();
            open();
          }}
        >
          {name}
        </button>
      </td>
      <td className="truncate" title={subject ?? ''}>
        {subject}
      </td>
      <td className="truncate dim" title={purpose ?? ''}>
        {purpose ?? (owner === 'unknown' ? '' : owner)}
      </td>
      <td className="mono number">{rules.toLocaleString('en')}</td>
      <td className="mono number dim">
        <Packets packets={busiest.packets} />
        {busiest.rate === null || busiest.rate === 0 ? null : ` ${rateText(busiest.rate)}`}
      </td>
      <td className="mono number">
        {dropped.packets === null || dropped.packets === 0 ? null : <Packets packets={dropped.packets} />}
      </td>
    </tr>
  );
}
