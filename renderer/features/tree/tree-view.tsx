import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type ReactNode,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Search, X } from 'lucide-react';
import { EntityMenu, type MenuRequest } from '../../ui/entity-menu.tsx';
import { select, useSelection } from '../../state/selection.ts';
import { useSession } from '../../state/session.ts';
import { useTopology } from '../../state/topology.ts';
import { IconButton } from '../../ui/button.tsx';
import { treeStrings } from './strings.ts';
import { moveFor, typeAhead } from './tree-keys.ts';
import type { TreeRow } from './row.ts';
import { buildRows } from './tree-model.ts';
import { createDefaultsKeeper, pathTo } from './tree-open.ts';
import { TreeRowView } from './tree-row.tsx';
import './tree.css';

const untouched: ReadonlyMap<string, boolean> = new Map();
const ROW_HEIGHT = 24;
/** Letters typed further apart than this begin a new word. */
const TYPE_AHEAD_MS = 700;

export function TreeView(): ReactNode {
  const topology = useTopology((state) => state.topology);
  const statuses = useSession((state) => state.standings);
  const selected = useSelection((state) => state.selected);
  const [query, setQuery] = useState('');
  const sought = useDeferredValue(query);
  const [open, setOpen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [openInSearch, setOpenInSearch] = useState<{
    readonly query: string;
    readonly open: ReadonlyMap<string, boolean>;
  }>({ query: '', open: new Map() });
  const [defaultsOf] = useState(createDefaultsKeeper);
  const [focused, setFocused] = useState<string | null>(null);
  const [menu, setMenu] = useState<MenuRequest | null>(null);
  const typed = useRef({ text: '', at: 0 });
  const scroller = useRef<HTMLDivElement | null>(null);
  const searching = sought.trim() !== '';
  const inSearch = openInSearch.query === sought ? openInSearch.open : untouched;
  const rows = useMemo(
    () =>
      buildRows({
        topology,
        statuses,
        query: sought,
        open: searching ? inSearch : open,
        defaults: defaultsOf(topology, statuses),
      }),
    [topology, statuses, sought, searching, inSearch, open, defaultsOf],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  });

  const toggle = (key: string): void => {
    const isOpen = rows.find((row) => row.key === key)?.open === true;
    // What one opens and closes among the hits of a search goes with it.
    if (searching) setOpenInSearch({ query: sought, open: new Map([...inSearch, [key, !isOpen]]) });
    else setOpen((before) => new Map([...before, [key, !isOpen]]));
  };

  const toReveal = useRef<string | null>(null);
  useEffect(
    () =>
      useSelection.subscribe(({ selected: next }) => {
        const now = useTopology.getState().topology;
        const path = next === null || now === null ? [] : pathTo(now, next);
        const key = path.at(-1);
        if (key === undefined) return;
        toReveal.current = key;
        setFocused(key);
        setOpen((before) => {
          const above = path.slice(0, -1);
          if (above.every((each) => before.get(each) === true)) return before;
          return new Map([...before, ...above.map((each): [string, boolean] => [each, true])]);
        });
      }),
    [],
  );
  useEffect(() => {
    const at = toReveal.current === null ? -1 : rows.findIndex((row) => row.key === toReveal.current);
    if (at < 0) return;
    toReveal.current = null;
    virtual.scrollToIndex(at);
  });
  const focus = (key: string, walking = true): void => {
    setFocused(key);
    virtual.scrollToIndex(rows.findIndex((row) => row.key === key));
    const row = rows.find((each) => each.key === key);
    if (row?.selects) select(row.selects, { walking });
  };
  const press = (row: TreeRow): void => {
    setFocused(row.key);
    if (row.selects !== null) select(row.selects);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW_HEIGHT) / ROW_HEIGHT) - 1);
    const move = moveFor(rows, focused, event.key, page);
    if (move !== null) {
      event.preventDefault();
      if (move.type === 'focus') focus(move.key);
      else if (move.type === 'toggle') toggle(move.key);
      else focus(move.key, false);
      return;
    }
    if (event.key.length !== 1) return;
    const fresh = event.timeStamp - typed.current.at > TYPE_AHEAD_MS;
    typed.current = { text: (fresh ? '' : typed.current.text) + event.key, at: event.timeStamp };
    const hit = typeAhead(rows, focused, typed.current.text);
    if (hit !== null) focus(hit);
  };

  const focusedIndex = rows.findIndex((row) => row.key === focused);
  return (
    <nav className="tree" aria-label={treeStrings.label}>
      <div className="tree-search">
        <Search size={13} aria-hidden />
        <input
          className="input"
          type="search"
          placeholder={treeStrings.search}
          aria-label={treeStrings.search}
          data-testid="tree-search"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setQuery('');
          }}
        />
        {query === '' ? null : (
          <IconButton
            label={treeStrings.clear}
            small
            onClick={() => {
              setQuery('');
            }}
          >
            <X size={13} aria-hidden />
          </IconButton>
        )}
      </div>
      <div
        ref={scroller}
        className="tree-rows"
        role="tree"
        tabIndex={0}
        aria-label={treeStrings.label}
        aria-activedescendant={focusedIndex < 0 ? undefined : rowId(rows[focusedIndex])}
        onKeyDown={onKeyDown}
        // From the keyboard (the menu key, Shift+F10) it comes to what has the focus: the tree, not a row of it.
        onContextMenu={(event) => {
          event.preventDefault();
          const row = rows[focusedIndex];
          const place = document.getElementById(rowId(row) ?? '')?.getBoundingClientRect();
          if (row?.selects && place !== undefined)
            setMenu({ target: row.selects, x: place.left + 40, y: place.bottom });
        }}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <TreeRowView
                key={item.key}
                id={rowId(row) ?? ''}
                row={row}
                top={item.start}
                selected={row.selects !== null && row.selects.id === selected?.id}
                focused={row.key === focused}
                onPress={press}
                onToggle={toggle}
                onMenu={(target, x, y) => {
                  setMenu({ target, x, y });
                }}
              />
            );
          })}
        </div>
        {rows.length === 0 ? (
          <p className="tree-empty">{query === '' ? treeStrings.empty : treeStrings.nothing(query)}</p>
        ) : null}
      </div>
      <EntityMenu
        request={menu}
        onClose={() => {
          setMenu(null);
          scroller.current?.focus();
        }}
      />
    </nav>
  );
}

function rowId(row: TreeRow | undefined): string | undefined {
  return row === undefined ? undefined : `tree-row-${row.key.replace(/[^A-Za-z0-9_-]/g, '-')}`;
}
