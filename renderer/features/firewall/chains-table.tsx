import type { ReactNode } from 'react';
import type { ChainSummary, TableSummary } from '../../../app/firewall/firewall-model.ts';
import { openChain } from '../../state/firewall.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { Packets, rateText } from './numbers.tsx';
import { firewallStrings } from './strings.ts';
import { tableWords } from './way.tsx';

const heads = firewallStrings.chainColumns;
const columns: readonly Column[] = [
  { name: heads.chain, width: '22%' },
  { name: heads.about, width: '19%' },
  { name: heads.purpose },
  { name: heads.rules, width: '64px', number: true },
  { name: heads.busiest, width: '116px', number: true },
  { name: heads.dropped, width: '84px', number: true },
];

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
    <Table
      label={firewallStrings.chains}
      columns={columns}
      className="firewall-chains"
      testId="firewall-chains"
    >
      {shown.map((table) => (
        <Group
          key={`${table.key.backend} ${table.key.family} ${table.key.name}`}
          table={table}
          search={search}
        />
      ))}
    </Table>
  );
}

function Group({ table, search }: { readonly table: TableSummary; readonly search: string }): ReactNode {
  const { key, rules, chainCount, chains } = table;
  const left = search === '' ? chainCount - chains.length : 0;
  return (
    <tbody>
      <tr>
        <th colSpan={columns.length} scope="rowgroup">
          {key.name} <span className="faint">{`${tableWords(key)} · ${firewallStrings.step(rules)}`}</span>
        </th>
      </tr>
      {chains.map((chain) => (
        <Chain key={chain.name} table={table} chain={chain} />
      ))}
      {left > 0 ? (
        <tr>
          <td colSpan={columns.length} className="faint">
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
    <tr className={`opens ${(dropped.rate ?? 0) > 0 ? 'losing' : ''}`} onClick={open}>
      <td className="truncate">
        <button
          type="button"
          className="link mono truncate"
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
