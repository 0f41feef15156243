import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { flushSync } from 'react-dom';
import type { PacketRow, VantagePointView } from '../../../app/contract/watch.ts';
import { useWantedPackets } from '../../state/wanted-packets.ts';
import { nothingPointed, useWatchState } from '../../state/watch.ts';
import { closeDetail, type Look, lookAt } from './detail-state.ts';
import type { MenuPlace } from '../../ui/menu-at.tsx';
import { Nothing } from './nothing.tsx';
import { RowMenu } from './row-menu.tsx';
import { PacketRowView, packetRowId } from './packet-row.tsx';
import { moved, ROW_HEIGHT, type RowMove, topShowing } from './row-scale.ts';
import { Searching } from './searching.tsx';
import { packetsStrings } from './strings.ts';
import { goTo, scrolledTo, useTable } from './table-state.ts';
import { type Rows, useRows } from './use-rows.ts';
import './packets-table.css';
import './protocol-family.css';

const keys: Partial<Record<string, RowMove>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'page-up',
  PageDown: 'page-down',
  Home: 'first',
  End: 'last',
};

const looks: Record<RowMove, Look> = {
  up: 'walk',
  down: 'walk',
  'page-up': 'page',
  'page-down': 'page',
  first: 'page',
  last: 'page',
};

const columns = packetsStrings.columns;

export function PacketsTable(): ReactNode {
  const scroller = useRef<HTMLDivElement | null>(null);
  const viewport = useHeight(scroller);
  const rows = useRows(viewport);
  const at = useTable((state) => state.at);
  const total = rows.end - rows.first;
  useScrollBar(scroller, rows);
  usePointed(rows, at);
  useLookedAt(rows, at);
  const [menu, setMenu] = useState<(MenuPlace & { readonly row: PacketRow }) | null>(null);
  const table = useRef<HTMLDivElement | null>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    if (event.key === 'Enter' && at !== null) {
      event.preventDefault();
      goTo(at, topShowing(at, rows.top, rows.visible), 'ask');
      return;
    }
    if (event.key === 'Escape') closeDetail();
    const move = keys[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const page = Math.max(1, Math.floor(rows.visible) - 1);
    const next = moved(at, move, page, rows);
    if (next === null) return;
    if (move === 'last') goTo(next, null, looks[move]);
    else goTo(next, topShowing(next, rows.top, rows.visible), looks[move]);
  };
  // Only what is drawn can be the active one.
  const chosen = at === null || at + 1 <= rows.top || at >= rows.top + rows.visible ? null : rows.at(at);
  return (
    <div
      ref={table}
      className="packets-table"
      role="grid"
      aria-label={packetsStrings.label}
      aria-rowcount={total + 1}
      aria-activedescendant={chosen === null ? undefined : packetRowId(chosen.number)}
      data-testid="packets-table"
      tabIndex={0}
      onKeyDown={onKeyDown}
      // From the keyboard (the menu key, Shift+F10) it comes to the table: the menu is of the selected row.
      onContextMenu={(event) => {
        event.preventDefault();
        const element =
          event.target instanceof Element ? event.target.closest<HTMLElement>('[data-row]') : null;
        const index = element === null ? at : Number(element.dataset['row']);
        const row = index === null ? null : rows.at(index);
        if (row === null || index === null) return;
        const place = document.getElementById(packetRowId(row.number))?.getBoundingClientRect();
        const pointed = element !== null || place === undefined;
        goTo(index, topShowing(index, rows.top, rows.visible), 'page');
        setMenu({
          row,
          x: pointed ? event.clientX : place.left + 90,
          y: pointed ? event.clientY : place.bottom,
        });
      }}
    >
      <div className="packet-head packet-columns" role="row" aria-rowindex={1}>
        <span role="columnheader" title={packetsStrings.timeTitle}>
          {columns.time}
        </span>
        <span role="columnheader" className="packet-point">
          {columns.point}
        </span>
        <span role="columnheader" aria-label={packetsStrings.direction} />
        <span role="columnheader">{columns.source}</span>
        <span role="columnheader">{columns.destination}</span>
        <span role="columnheader">{columns.protocol}</span>
        <span role="columnheader" className="packet-length">
          {columns.length}
        </span>
        <span role="columnheader">{columns.summary}</span>
      </div>
      <div
        ref={scroller}
        className="packet-rows"
        role="rowgroup"
        // A scroller is a stop of the Tab key otherwise: one without a name, at which no row is the active one.
        tabIndex={-1}
        onFocus={(event) => {
          event.currentTarget.parentElement?.focus({ preventScroll: true });
        }}
        onScroll={(event) => {
          const { scrollTop } = event.currentTarget;
          if (Math.abs(scrollTop - (placedAt.get(event.currentTarget) ?? -1)) < 1) return;
          placedAt.set(event.currentTarget, scrollTop);
          const row = rows.scale.rowAt(scrollTop);
          // At the end one follows on; drawn in the same frame, or the rows would trail the scroll bar.
          flushSync(() => {
            scrolledTo(row >= rows.scale.lastTop - 0.05 ? null : rows.first + row);
          });
        }}
      >
        <div role="presentation" style={{ height: rows.scale.height }}>
          <div
            className="packet-layer"
            role="presentation"
            style={{ height: Math.min(viewport, rows.scale.height) }}
          >
            <VisibleRows rows={rows} at={at} />
          </div>
        </div>
        {total === 0 ? <Nothing /> : null}
      </div>
      <Searching />
      {menu === null ? null : (
        <RowMenu
          at={menu}
          row={menu.row}
          onClose={() => {
            setMenu(null);
            table.current?.focus();
          }}
        />
      )}
    </div>
  );
}

/** Where the program itself put each scroll bar: what the browser then reports is no wish of the operator's. */
const placedAt = new WeakMap<Element, number>();

function VisibleRows({ rows, at }: { readonly rows: Rows; readonly at: number | null }): ReactNode {
  const view = useWatchState((state) => state.view);
  const points = useMemo(
    () => new Map<number, VantagePointView>(view.vantagePoints.map((point) => [point.id, point])),
    [view.vantagePoints],
  );
  const marked = useWantedPackets((state) => state.marked);
  const begin = Math.floor(rows.top);
  const end = Math.min(rows.end, Math.ceil(rows.top + rows.visible));
  const drawn: ReactNode[] = [];
  for (let row = begin; row < end; row += 1) {
    const packet = rows.at(row);
    drawn.push(
      <PacketRowView
        key={row}
        row={row}
        index={row - rows.first + 2}
        y={Math.round((row - rows.top) * ROW_HEIGHT)}
        packet={packet}
        point={packet === null ? undefined : points.get(packet.vantagePoint)}
        since={view.since ?? 0}
        selected={row === at}
        marked={packet !== null && marked.has(packet.number)}
        onSelect={goToInSight(rows)}
      />,
    );
  }
  return drawn;
}

/** A clicked row stays where it is, so following ends. */
function goToInSight(rows: Rows): (row: number) => void {
  return (row) => {
    goTo(row, topShowing(row, rows.top, rows.visible), 'ask');
  };
}

function useHeight(element: { readonly current: HTMLElement | null }): number {
  const [height, setHeight] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setHeight(current.clientHeight);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return height;
}

/** Puts the scroll bar where the rows are, except while the operator has it: what he did is there already. */
function useScrollBar(scroller: { readonly current: HTMLElement | null }, rows: Rows): void {
  const placed = useTable((state) => state.placed);
  const following = useTable((state) => state.top === null);
  const { first, end, scale } = rows;
  const top = useRef(rows.top);
  useLayoutEffect(() => {
    top.current = rows.top;
  });
  useLayoutEffect(() => {
    const { current } = scroller;
    if (current === null) return;
    const wanted = scale.topOf(top.current - first);
    // Compared with what is known, not with where it is: a wheel may be ahead of its event, and must not be pulled back.
    if (Math.abs((placedAt.get(current) ?? 0) - wanted) < 1) return;
    current.scrollTo({ top: wanted });
    placedAt.set(current, current.scrollTop);
  }, [scroller, placed, following, first, end, scale]);
}

/** The selected row's packet is shown in full beside the table. */
function useLookedAt(rows: Rows, at: number | null): void {
  const run = useWatchState(({ view }) => view.run);
  const look = useTable((state) => state.look);
  const looked = useRef<{ readonly look: object; readonly number: number } | null>(null);
  const packet = at === null ? null : rows.at(at);
  useEffect(() => {
    // Rows come many times a second; a packet is looked at once a move.
    if (packet === null || (looked.current?.look === look && looked.current.number === packet.number)) return;
    looked.current = { look, number: packet.number };
    lookAt(run, packet, look.how);
  }, [packet, look, run]);
}

/** The interface at which the selected row's packet was seen is lit in the graph. */
function usePointed(rows: Rows, at: number | null): void {
  const chosen = at === null ? null : rows.at(at);
  const pointId = chosen?.vantagePoint ?? null;
  const interfaceId = useWatchState(
    ({ view }) => view.vantagePoints.find((point) => point.id === pointId)?.interfaceId ?? null,
  );
  useEffect(() => {
    // A selected row that is out of sight keeps its light.
    if (at !== null && pointId === null) return;
    useWatchState.setState({ pointed: interfaceId === null ? nothingPointed : [interfaceId] });
  }, [at, pointId, interfaceId]);
  useEffect(
    () => () => {
      useWatchState.setState({ pointed: nothingPointed });
    },
    [],
  );
}
