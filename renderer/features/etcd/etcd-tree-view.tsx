import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { plainText } from '../../../app/plain-text.ts';
import { treeMove } from '../../ui/tree-move.ts';
import { showKey, toggleFolder, useEtcd } from './etcd-state.ts';
import type { EtcdRow } from './etcd-tree.ts';
import { etcdStrings } from './strings.ts';

const ROW_HEIGHT = 22;
/** Deeper than this nothing is indented: a key may have two thousand parts. */
const DEEPEST = 12;

export function EtcdTreeView({ rows }: { readonly rows: readonly EtcdRow[] }): ReactNode {
  const selected = useEtcd((state) => state.selected);
  const [focused, setFocused] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement | null>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const at = rows.findIndex(({ key }) => key === focused);
  const press = (row: EtcdRow): void => {
    setFocused(row.key);
    if (row.open === null) showKey(row.key);
    else toggleFolder(row.key, !row.open);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = rows[at];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (row !== undefined) press(row);
      return;
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const move = treeMove(rows, focused, event.key, page);
    if (move === null) return;
    event.preventDefault();
    if (move.type === 'toggle') {
      if (row !== undefined) toggleFolder(row.key, row.open !== true);
      return;
    }
    setFocused(move.key);
    virtual.scrollToIndex(rows.findIndex(({ key }) => key === move.key));
  };
  return (
    <div
      ref={scroller}
      className="etcd-tree"
      role="tree"
      tabIndex={0}
      aria-label={etcdStrings.tree}
      aria-activedescendant={at < 0 ? undefined : `etcd-row-${String(at)}`}
      data-testid="etcd-tree"
      onKeyDown={onKeyDown}
      onFocus={() => {
        if (at < 0) setFocused(rows[0]?.key ?? null);
      }}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <Row
              key={index}
              id={`etcd-row-${String(index)}`}
              row={row}
              top={start}
              selected={row.open === null && row.key === selected}
              focused={index === at}
              onPress={press}
            />
          );
        })}
      </div>
    </div>
  );
}

function Row({
  id,
  row,
  top,
  selected,
  focused,
  onPress,
}: {
  readonly id: string;
  readonly row: EtcdRow;
  readonly top: number;
  readonly selected: boolean;
  readonly focused: boolean;
  readonly onPress: (row: EtcdRow) => void;
}): ReactNode {
  const Icon = row.open === true ? ChevronDown : ChevronRight;
  const indent = Math.min(row.level, DEEPEST) - 1;
  return (
    <div
      id={id}
      className={`etcd-row ${selected ? 'selected' : ''} ${focused ? 'focused' : ''}`}
      role="treeitem"
      aria-level={row.level}
      aria-selected={selected}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      {...(row.open === null ? {} : { 'aria-expanded': row.open })}
      title={plainText(row.key)}
      style={{ transform: `translateY(${String(top)}px)`, paddingLeft: `${String(8 + indent * 15)}px` }}
      onClick={() => {
        onPress(row);
      }}
    >
      <span className="etcd-chevron">{row.open === null ? null : <Icon size={12} aria-hidden />}</span>
      <span className="mono truncate">{plainText(row.label)}</span>
      {row.count === null ? null : <span className="faint">{row.count.toLocaleString('en')}</span>}
    </div>
  );
}
