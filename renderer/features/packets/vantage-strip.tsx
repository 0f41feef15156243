import { type ReactNode, useMemo } from 'react';
import type { CaptureView } from '../../../app/contract/watch.ts';
import { select, useSelection } from '../../state/selection.ts';
import { useTopology } from '../../state/topology.ts';
import { useWatchState } from '../../state/watch.ts';
import { lossOf, lossText, lost } from '../../state/watch-status.ts';
import { exactText } from './packet-time.ts';
import { inPathOrder } from './path-order.ts';
import { type Place, placesOf, toldAt } from './places.ts';
import { packetsStrings } from './strings.ts';

const dots: Record<CaptureView['state'], string> = {
  starting: 'busy',
  running: 'ok',
  waiting: 'warn',
  off: 'warn',
};

/** Where packets are seen, along their way, and how each place is doing. */
export function VantageStrip(): ReactNode {
  const view = useWatchState((state) => state.view);
  const topology = useTopology((state) => state.topology);
  const { vantagePoints, captures, target } = view;
  const places = useMemo(
    () => inPathOrder(placesOf({ vantagePoints, captures }), target, topology),
    [vantagePoints, captures, target, topology],
  );
  const seen = new Set(view.vantagePoints.map((point) => point.captureId));
  // One that is off without a reason has made way for another.
  const blind = view.captures.filter(
    ({ id, state, sentence }) =>
      !seen.has(id) && state !== 'running' && !(state === 'off' && sentence === null),
  );
  if (view.captures.length === 0 && places.length === 0) return null;
  return (
    <ol className="points" data-testid="vantage-points" aria-label={packetsStrings.points}>
      {places.map((place, index) => (
        <PlaceItem
          key={place.point.id}
          place={place}
          ended={view.state !== 'on'}
          losses={lost(lossOf(toldAt(places, index)))}
          apart={index > 0 && places[index - 1]?.point.nodeLabel !== place.point.nodeLabel}
        />
      ))}
      {blind.map((capture) => (
        <li key={capture.id} className="point blind" title={titleOf(capture)}>
          <span className={`dot ${view.state === 'on' ? dots[capture.state] : ''}`} aria-hidden="true" />
          <span className="point-place">{capture.pod?.name ?? capture.nodeLabel}</span>
          <span className="point-state">
            {capture.state === 'off' ? packetsStrings.notCaptured : packetsStrings.states[capture.state]}
          </span>
        </li>
      ))}
    </ol>
  );
}

function PlaceItem({
  place: { point, captures },
  ended,
  losses,
  apart,
}: {
  readonly place: Place;
  readonly ended: boolean;
  /** Packets. */
  readonly losses: number;
  /** Another node than the one before. */
  readonly apart: boolean;
}): ReactNode {
  const { interfaceId } = point;
  const selected = useSelection((state) => interfaceId !== null && state.selected?.id === interfaceId);
  const pointed = useWatchState((state) => interfaceId !== null && state.pointed.includes(interfaceId));
  const capture = captures.at(-1);
  const state = capture?.state ?? 'off';
  return (
    <li
      className={`point ${apart ? 'apart' : ''} ${pointed || selected ? 'pointed' : ''}`}
      data-label={point.label}
      data-packets={point.packets}
      data-state={state}
    >
      <button
        type="button"
        title={capture === undefined ? point.label : `${point.label}\n${titleOf(capture)}`}
        disabled={interfaceId === null}
        onClick={() => {
          if (interfaceId !== null) select({ kind: 'interface', id: interfaceId });
        }}
      >
        {ended || state === 'running' ? null : <span className={`dot ${dots[state]}`} aria-hidden="true" />}
        <span className="mono point-name">{point.interfaceName}</span>
        <span className="point-place truncate">{point.podName ?? point.nodeLabel}</span>
        <span className="point-count">{point.packets.toLocaleString('en')}</span>
        {ended || state === 'running' ? null : (
          <span className="point-state">{packetsStrings.states[state]}</span>
        )}
        {losses === 0 ? null : <span className="point-lost">−{losses.toLocaleString('en')}</span>}
      </button>
    </li>
  );
}

function titleOf(capture: CaptureView): string {
  return [
    `capture ${capture.pod === null ? `on ${capture.nodeLabel}` : `in ${capture.pod.name}`}: ${packetsStrings.states[capture.state]}`,
    ...(capture.sentence === null ? [] : [capture.sentence]),
    packetsStrings.lostTitle(lossText(capture.loss)),
    ...(capture.watermark === null ? [] : [packetsStrings.completeTo(exactText(capture.watermark))]),
  ].join('\n');
}
