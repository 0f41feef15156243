import { type ReactNode, useMemo, useRef, useState } from 'react';
import { Eye, Filter, X } from 'lucide-react';
import type { FlowEnd, FlowView } from '../../../app/contract/trails.ts';
import { useNow } from '../../state/clock.ts';
import { useFilterLanguage } from '../../state/filter-language.ts';
import { meanRate, packetsOf, RATE_SECONDS, secondsUntil } from '../../state/flow-rates.ts';
import { endText } from '../../state/talks.ts';
import { ageText, bytesText } from '../../state/text.ts';
import { chooseTalk, useTrails } from '../../state/trails.ts';
import { showDock, tell } from '../../state/ui.ts';
import { useTopology } from '../../state/topology.ts';
import { useSharedFilter, wantPackets } from '../../state/wanted-packets.ts';
import { useWatchState } from '../../state/watch.ts';
import { watchWay, wayOfFlow } from '../../state/watch-way.ts';
import { IconButton } from '../../ui/button.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { VerdictChips } from '../../ui/verdict-chips.tsx';
import { VirtualRows } from '../../ui/virtual-rows.tsx';
import { flowFilter } from './flow-filter.ts';
import { HealthTags } from './health-tags.tsx';
import { HopBar } from './hop-bar.tsx';
import { createSteadyOrder } from './steady-order.ts';
import { flowsStrings } from './strings.ts';
import './flows.css';

const heads = flowsStrings.columns;
/** flows.css says how wide they are. */
const columns: readonly Column[] = [
  { name: heads.protocol },
  { name: heads.source },
  { name: heads.destination },
  { name: heads.packets, number: true },
  { name: heads.rate, number: true },
  { name: heads.spark },
  { name: heads.latency },
  { name: heads.verdicts },
  { name: heads.health },
  { name: heads.bytes, number: true },
  { name: heads.last, number: true },
  { name: heads.watch },
];
/** px, as flows.css has it. */
const ROW = 26;
/** Seconds of a bar. */
const BAR_SECONDS = 2;

export function FlowsView(): ReactNode {
  const view = useTrails((state) => state.view);
  const [find, setFind] = useState('');
  const scroller = useRef<HTMLDivElement | null>(null);
  const finder = useRef<HTMLInputElement | null>(null);
  const [held, setHeld] = useState(false);
  const [inOrder] = useState(() => createSteadyOrder<FlowView>());
  const now = useNow();
  const flows = useMemo(() => inOrder(view.flows, now, held), [inOrder, view.flows, now, held]);
  const filter = useSharedFilter(view.run);
  const language = useFilterLanguage(filter !== '');
  const passes = useMemo(
    () => (filter === '' ? null : (language?.flows(filter) ?? null)),
    [filter, language],
  );
  const found = useMemo(() => {
    const wanted = find.trim().toLowerCase();
    return flows.filter(
      (flow) => (wanted === '' || textOf(flow).includes(wanted)) && (passes === null || passes(flow)),
    );
  }, [flows, find, passes]);
  if (view.run === 0) return <div className="empty">{flowsStrings.empty}</div>;
  return (
    <div className="dock-tab">
      <div className="dock-bar">
        <input
          ref={finder}
          className="input"
          type="search"
          aria-label={flowsStrings.filter}
          placeholder={flowsStrings.placeholder}
          data-testid="flows-find"
          value={find}
          onChange={({ target }) => {
            setFind(target.value);
          }}
        />
        {filter === '' ? null : (
          <span
            className="flows-filter"
            title={passes === null ? flowsStrings.notFiltered : flowsStrings.filtered}
            data-testid="flows-filter"
          >
            <Filter size={12} aria-hidden />
            <span className="mono truncate">{filter}</span>
            {passes === null ? <span className="faint">{flowsStrings.notYet}</span> : null}
            <IconButton
              label={flowsStrings.clear}
              onClick={() => {
                wantPackets(view.run, '');
              }}
            >
              <X size={12} aria-hidden />
            </IconButton>
          </span>
        )}
        <VerdictChips counts={view.counts} />
        <span className="dock-aside">
          {held ? flowsStrings.held : flows.length === 0 ? null : flowsStrings.most(flows.length)}
        </span>
      </div>
      <div
        ref={scroller}
        className="dock-rows"
        data-testid="flows"
        onPointerOver={({ target }) => {
          setHeld(target instanceof Element && target.closest('tr.opens') !== null);
        }}
        onPointerLeave={() => {
          setHeld(false);
        }}
      >
        {found.length === 0 ? (
          <div className="empty">
            {flows.length === 0
              ? flowsStrings.waiting
              : find.trim() === ''
                ? flowsStrings.noneFiltered
                : flowsStrings.none}
          </div>
        ) : (
          <Table label={flowsStrings.label} columns={columns} className="flows" rowCount={found.length}>
            <VirtualRows items={found} rowHeight={ROW} columns={columns.length} scroller={scroller}>
              {(flow, rowIndex) => (
                <FlowRow
                  key={flow.id}
                  flow={flow}
                  run={view.run}
                  rowIndex={rowIndex}
                  onWatched={() => finder.current?.focus()}
                />
              )}
            </VirtualRows>
          </Table>
        )}
      </div>
    </div>
  );
}

function FlowRow({
  flow,
  run,
  rowIndex,
  onWatched,
}: {
  readonly flow: FlowView;
  readonly run: number;
  readonly rowIndex: number;
  /** The new watch has no flows yet: this row goes, with the focus if it has it. */
  readonly onWatched: () => void;
}): ReactNode {
  const rate = useTrails((state) => state.rates.get(flow.id));
  const isShown = useTrails(({ choice }) => choice?.kind === 'flow' && choice.id === flow.id);
  const now = useNow();
  const second = Math.floor(now / 1000);
  const minute = rate === undefined ? [] : barsOf(secondsUntil(rate, second));
  const choose = (): void => {
    chooseTalk({ kind: 'flow', id: flow.id });
    wantPackets(run, flowFilter(flow), { byFlows: true });
    showDock('ladder');
  };
  return (
    <tr
      className={`opens ${isShown ? 'selected' : ''}`}
      aria-rowindex={rowIndex}
      data-testid="flow"
      onClick={choose}
    >
      <td>{flow.protocol}</td>
      <td className="truncate">
        <button
          type="button"
          className="flow-end"
          title={flowsStrings.show(wholeText(flow.source), wholeText(flow.destination))}
          onClick={(event) => {
            event.stopPropagation();
            choose();
          }}
        >
          <End end={flow.source} />
        </button>
      </td>
      <td className="truncate" title={wholeText(flow.destination)}>
        <End end={flow.destination} />
      </td>
      <td className="mono number" title={flowsStrings.payload(bytesText(flow.bytes))}>
        {packetsOf(flow).toLocaleString('en')}
      </td>
      <td className="mono number dim">{rate === undefined ? '–' : rateText(meanRate(rate, second))}</td>
      <td>
        {minute.length === 0 ? null : (
          <Sparkline parts={minute} label={flowsStrings.spark(minute.reduce((sum, each) => sum + each, 0))} />
        )}
      </td>
      <td>
        <HopBar flow={flow} />
      </td>
      <td>
        <VerdictChips counts={flow.counts} />
      </td>
      <td>
        <HealthTags health={flow.health} />
      </td>
      <td className="mono number dim">{flow.bytes === 0 ? '–' : bytesText(flow.bytes)}</td>
      <td className="mono number dim">{flowsStrings.ago(ageText(now - flow.last))}</td>
      <td>
        <IconButton
          small
          label={flowsStrings.watch(wholeText(flow.source), wholeText(flow.destination))}
          data-testid="flow-watch"
          onClick={(event) => {
            event.stopPropagation();
            if (watchFlow(flow)) onWatched();
          }}
        >
          <Eye size={13} aria-hidden />
        </IconButton>
      </td>
    </tr>
  );
}

/** @returns whether it will be */
function watchFlow(flow: FlowView): boolean {
  const { topology } = useTopology.getState();
  if (topology === null) return false;
  const way = wayOfFlow(topology, flow, useWatchState.getState().view.target?.podId ?? null);
  if (way.ok) watchWay(way.value);
  else tell('info', way.failure);
  return way.ok;
}

function End({ end }: { readonly end: FlowEnd }): ReactNode {
  const port = end.port === null ? '' : `:${String(end.port)}`;
  const host = endText(end).slice(0, -port.length || undefined);
  return end.name === null ? (
    <span className="mono">{endText(end)}</span>
  ) : (
    <>
      <b className="flow-name">{end.name}</b>{' '}
      <span className="mono faint">
        <span className="flow-address">{host}</span>
        {port}
      </span>
    </>
  );
}

function wholeText(end: FlowEnd): string {
  return end.name === null ? endText(end) : `${end.name} ${endText(end)}`;
}

function textOf({ protocol, source, destination, health }: FlowView): string {
  const ails = health.map(({ kind, times }) => flowsStrings.health[kind](times));
  return [protocol, wholeText(source), wholeText(destination), ...ails].join(' ').toLowerCase();
}

function rateText(rate: number): string {
  if (rate === 0) return '0';
  return rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en');
}

/** The last minute, oldest first, in bars of some seconds: always as many, so that bars of two rows are of one moment. */
function barsOf(seconds: readonly number[]): number[] {
  const padded = [...Array.from({ length: RATE_SECONDS - seconds.length }, () => 0), ...seconds];
  const bars: number[] = [];
  for (let at = 0; at < padded.length; at += BAR_SECONDS)
    bars.push(padded.slice(at, at + BAR_SECONDS).reduce((sum, each) => sum + each, 0));
  return bars;
}
