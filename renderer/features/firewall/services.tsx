import type { ReactNode } from 'react';
import type { ServiceEndpoint, ServiceEntrance } from '../../../app/firewall/firewall-model.ts';
import { percent } from '../../../app/firewall/rule-words.ts';
import { useAsked } from '../../state/asked.ts';
import { openChain } from '../../state/firewall.ts';
import { select } from '../../state/selection.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { Tag } from '../../ui/tag.tsx';
import { Packets, rateText } from './numbers.tsx';
import { firewallStrings } from './strings.ts';

const EVERY_MS = 5_000;
const heads = firewallStrings.endpointColumns;
const columns: readonly Column[] = [
  { name: heads.share, width: '130px', number: true },
  { name: heads.endpoint, width: '190px' },
  { name: heads.pod },
  { name: heads.rate, width: '100px', number: true },
  { name: heads.packets, width: '100px', number: true },
];

/** What this node's kernel does with packets for Services. */
export function Services({ node, search }: { readonly node: string; readonly search: string }): ReactNode {
  const { answer, sentence } = useAsked('firewall.service', { node, service: search }, EVERY_MS);
  const services = answer?.find((each) => each.node === node);
  if (services === undefined) return <div className="empty">{sentence ?? firewallStrings.waiting}</div>;
  const { known, mode, entrances, found, contradictions } = services;
  if (!known) return <div className="empty">{services.sentence ?? firewallStrings.waiting}</div>;
  if (mode === 'none') return <div className="empty">{firewallStrings.serviceNone}</div>;
  return (
    <div className="dock-rows firewall-rows" data-testid="firewall-services">
      {contradictions.map((said) => (
        <p key={said} className="dock-warning selectable">
          {said}
        </p>
      ))}
      <p className="dock-note">{firewallStrings.mode(mode)}</p>
      {entrances.length === 0 ? <div className="empty">{firewallStrings.serviceNoMatch}</div> : null}
      {entrances.map((entrance, at) => (
        <Entrance
          key={`${entrance.kind} ${entrance.address ?? ''} ${entrance.protocol} ${String(entrance.port)} ${entrance.refused ?? ''} ${String(at)}`}
          entrance={entrance}
        />
      ))}
      {found > entrances.length ? (
        <p className="dock-note">{firewallStrings.serviceMore(found - entrances.length)}</p>
      ) : null}
    </div>
  );
}

function Entrance({ entrance }: { readonly entrance: ServiceEntrance }): ReactNode {
  const { kind, address, port, protocol, service, refused, chain, table, affinity, masquerade, endpoints } =
    entrance;
  return (
    <section className="firewall-entrance">
      <div className="firewall-entrance-head">
        <strong className="selectable">{service ?? firewallStrings.unnamed}</strong>
        <span className="dim">{firewallStrings.kinds[kind]}</span>
        <span className="mono selectable">{`${address ?? firewallStrings.anyAddress}:${String(port)}/${protocol}`}</span>
        {refused === null ? null : <Tag tone="bad">{firewallStrings.refused}</Tag>}
        {chain === null || table === null ? null : (
          <button
            type="button"
            className="link"
            onClick={() => {
              openChain({ table, name: chain });
            }}
          >
            {firewallStrings.chain}
          </button>
        )}
      </div>
      {endpoints.length === 0 ? null : (
        <Table
          label={firewallStrings.endpoints(service ?? firewallStrings.unnamed)}
          columns={columns}
          className="firewall-endpoints"
        >
          <tbody>
            {endpoints.map((endpoint) => (
              <Endpoint key={`${endpoint.address} ${String(endpoint.port)}`} endpoint={endpoint} />
            ))}
          </tbody>
        </Table>
      )}
      {affinity === null ? null : <p className="dock-note">{firewallStrings.affinity(affinity)}</p>}
      {masquerade.length === 0 ? null : <p className="dock-note">{firewallStrings.masquerade(masquerade)}</p>}
    </section>
  );
}

function Endpoint({ endpoint }: { readonly endpoint: ServiceEndpoint }): ReactNode {
  const { share, address, port, pod, podId, ready, rate, packets } = endpoint;
  return (
    <tr>
      <td className="number">
        <span className="firewall-share" aria-hidden>
          <span style={{ width: `${String(Math.round(share * 100))}%` }} />
        </span>
        {percent(share)}
      </td>
      <td className="mono selectable">{port === null ? address : `${address}:${String(port)}`}</td>
      <td className="truncate">
        {pod === null || podId === null ? (
          pod
        ) : (
          <button
            type="button"
            className="link"
            onClick={() => {
              select({ kind: 'pod', id: podId });
            }}
          >
            {pod}
          </button>
        )}{' '}
        {ready === false ? <Tag tone="warn">{firewallStrings.notReady}</Tag> : null}
      </td>
      <td className="mono number">{rateText(rate)}</td>
      <td className="mono number">
        <Packets packets={packets} />
      </td>
    </tr>
  );
}
