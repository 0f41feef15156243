import type { ReactNode } from 'react';
import type { PacketEndpoint, PacketRow, VantagePointView } from '../../../app/contract/watch.ts';
import { exactText, sinceStart } from './packet-time.ts';
import { familyOf } from './protocol-family.ts';
import { packetsStrings } from './strings.ts';

export function packetRowId(number: number): string {
  return `packet-${String(number)}`;
}

export function PacketRowView({
  row,
  index,
  y,
  packet,
  point,
  since,
  selected,
  marked,
  onSelect,
}: {
  readonly row: number;
  /** Among all that pass the filter, the header being 1. */
  readonly index: number;
  /** px below the upper edge. */
  readonly y: number;
  /** Null while it has not come. */
  readonly packet: PacketRow | null;
  readonly point: VantagePointView | undefined;
  readonly since: number;
  readonly selected: boolean;
  /** It is of the line that is selected in the path ladder. */
  readonly marked: boolean;
  readonly onSelect: (row: number) => void;
}): ReactNode {
  const style = { transform: `translateY(${String(y)}px)` };
  if (packet === null) {
    return <div className="packet-row" role="row" aria-rowindex={index} aria-busy="true" style={style} />;
  }
  const place = point?.podName ?? point?.nodeLabel ?? '';
  return (
    <div
      id={packetRowId(packet.number)}
      className={`packet-row packet-columns ${marked ? 'marked' : ''} tone-${packet.tone} family-${familyOf(packet.protocol)}`}
      role="row"
      aria-rowindex={index}
      aria-selected={selected}
      data-number={packet.number}
      data-row={row}
      data-point={point?.label}
      style={style}
      onClick={() => {
        onSelect(row);
      }}
    >
      <time
        role="gridcell"
        className="mono packet-time"
        title={packetsStrings.clockOf(exactText(packet.at), point?.nodeLabel ?? 'its node')}
      >
        {sinceStart(packet.at, since)}
      </time>
      <span role="gridcell" className="packet-point truncate" title={point?.label}>
        <span className="mono">{point?.interfaceName ?? '…'}</span> <span className="faint">{place}</span>
      </span>
      <span role="gridcell" className={`packet-direction ${packet.direction}`}>
        {packetsStrings.directions[packet.direction]}
      </span>
      <End end={packet.source} />
      <End end={packet.destination} />
      <span role="gridcell" className="packet-protocol truncate">
        {packet.protocol}
      </span>
      <span role="gridcell" className="mono packet-length" title={lengthTitle(packet)}>
        {packet.length.toLocaleString('en')}
      </span>
      <span role="gridcell" className="mono packet-summary truncate" title={packet.summary}>
        {packet.tunnel === null ? null : <TunnelTag tunnel={packet.tunnel} />}
        {packet.summary}
      </span>
    </div>
  );
}

function TunnelTag({ tunnel }: { readonly tunnel: NonNullable<PacketRow['tunnel']> }): ReactNode {
  return (
    <span className="packet-tunnel" title={packetsStrings.inTunnel(tunnel)}>
      {tunnel.name}
    </span>
  );
}

function End({ end }: { readonly end: PacketEndpoint }): ReactNode {
  const address = end.port === null ? end.address : `${bracketed(end.address)}:${String(end.port)}`;
  return (
    <span
      role="gridcell"
      className="packet-end truncate"
      title={end.name === null ? address : `${end.name} ${address}`}
    >
      {end.name === null ? null : (
        <>
          <EndName name={end.name} />{' '}
        </>
      )}
      <span className={`mono ${end.name === null ? '' : 'packet-address'}`}>
        {end.name === null ? address : end.port === null ? end.address : address}
      </span>
    </span>
  );
}

/** Letters at the end of a name that always show: there Pods of one name differ. */
const TAIL = 6;

function EndName({ name }: { readonly name: string }): ReactNode {
  return (
    <b>
      <span className="truncate">{name.slice(0, -TAIL)}</span>
      <span>{name.slice(-TAIL)}</span>
    </b>
  );
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function lengthTitle({ length, captured }: PacketRow): string | undefined {
  return captured < length
    ? `${length.toLocaleString('en')} bytes on the wire, ${captured.toLocaleString('en')} captured`
    : undefined;
}
