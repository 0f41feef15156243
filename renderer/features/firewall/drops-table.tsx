import type { ReactNode } from 'react';
import type { DropSpot } from '../../../app/firewall/firewall-model.ts';
import { openChain } from '../../state/firewall.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { Packets, rateText } from './numbers.tsx';
import { firewallStrings } from './strings.ts';

const heads = firewallStrings.dropColumns;
const columns: readonly Column[] = [
  { name: heads.rate, width: '76px', number: true },
  { name: heads.packets, width: '84px', number: true },
  { name: heads.chain, width: '22%' },
  { name: heads.about, width: '21%' },
  { name: heads.which },
];

/** Rules that drop and have counted something, those that do now first. */
export function DropsTable({ spots }: { readonly spots: readonly DropSpot[] }): ReactNode {
  const now = spots.some(({ rate }) => (rate ?? 0) > 0);
  return (
    <section data-testid="firewall-drops">
      <h3 className="firewall-title">{firewallStrings.drops}</h3>
      {spots.length === 0 ? <p className="dock-note">{firewallStrings.noDrops}</p> : null}
      {spots.length > 0 && !now ? <p className="dock-note">{firewallStrings.dropsQuiet}</p> : null}
      {spots.length === 0 ? null : (
        <Table label={firewallStrings.drops} columns={columns}>
          <tbody>
            {spots.map((spot) => (
              <Spot
                key={`${spot.table.backend} ${spot.table.family} ${spot.table.name} ${spot.chain} ${String(spot.rule?.number)}`}
                spot={spot}
              />
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}

function Spot({ spot }: { readonly spot: DropSpot }): ReactNode {
  const { table, chain, subject, rule, packets, rate } = spot;
  const why =
    rule === null
      ? firewallStrings.policy
      : [...rule.comments, rule.asks === '' ? firewallStrings.every : rule.asks].join(' · ');
  return (
    <tr className={(rate ?? 0) > 0 ? 'losing' : ''}>
      <td className="mono number">{rateText(rate)}</td>
      <td className="mono number">
        <Packets packets={packets} />
      </td>
      <td className="truncate">
        <button
          type="button"
          className="link mono truncate"
          title={chain}
          onClick={() => {
            openChain({ table, name: chain });
          }}
        >
          {chain}
        </button>
      </td>
      <td className="truncate" title={subject ?? ''}>
        {subject}
      </td>
      <td className="truncate dim" title={rule?.text ?? why}>
        {why}
      </td>
    </tr>
  );
}
