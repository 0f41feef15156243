import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useMemo, useRef, useState } from 'react';
import { Search, X } from 'lucide-react';
import { EntityMenu, type MenuRequest } from '../../ui/entity-menu.tsx';
import { select, useSelection } from '../../state/selection.ts';
import { useSession } from '../../state/session.ts';
import { useTopology } from '../../state/topology.ts';
import { IconButton } from '../../ui/button.tsx';
import { treeStrings } from './strings.ts';
import { moveFor, typeAhead } from './tree-keys.ts';
import { buildRows, type TreeRow } from './tree-model.ts';
import { TreeRowView } from './tree-row.tsx';
import './tree.css';

const ROW_HEIGHT = 24;
/** Letters typed further apart than this begin a new word. */
const TYPE_AHEAD_MS = 700;

export function TreeView(): ReactNode {
  const topology = useTopology((state) => state.topology);
  const statuses = useSession((state) => state.view.nodes);
  const selected = useSelection((state) => state.selected);
  const [query, setQuery] = useState('');
  const sought = useDeferredValue(query);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  const [menu, setMenu] = useState<MenuRequest | null>(null);
  const typed = useRef({ text: '', at: 0 });
  const scroller = useRef<HTMLDivElement | null>(null);
  const rows = useMemo(
    () => buildRows({ topology, statuses, query: sought, toggled }),
    [topology, statuses, sought, toggled],
  );
  // eslint-disable-next-line react-hooks/incompatible-library -- React's compiler, whom this would trip, is not used
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  });

  const toggle = (key: string): void => {
    setToggled((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  };
  const focus = (key: string): void => {
    setFocused(key);
    virtual.scrollToIndex(rows.findIndex((row) => row.key === key));
    const row = rows.find((each) => each.key === key);
    if (row?.selects) select(row.selects);
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
      else focus(move.key);
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
        }}
      />
    </nav>
  );
}

function rowId(row: TreeRow | undefined): string | undefined {
  return row === undefined ? undefined : `tree-row-${row.key.replace(/[^A-Za-z0-9_-]/g, '-')}`;
}
