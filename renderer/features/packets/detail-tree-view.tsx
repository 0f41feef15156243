import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { ChevronDown, ChevronRight } from 'lucide-react';
import type { PacketDetail } from '../../../app/contract/packet-detail.ts';
import { copyText } from '../../state/clipboard.ts';
import { chooseNode, hover, setOpen, useDetail } from './detail-state.ts';
import { DetailMenu, type DetailMenuAt } from './detail-menu.tsx';
import { detailStrings } from './detail-strings.ts';
import { detailMove, linesOf, nodeAt, treeText } from './detail-tree.ts';

const LINE_HEIGHT = 20;

const lineId = (index: number): string => `packet-field-${String(index)}`;

/** The fields, one a line; the chosen one's bytes are lit beside it. */
export function DetailTree({ detail }: { readonly detail: PacketDetail }): ReactNode {
  const openness = useDetail((state) => state.openness);
  const chosen = useDetail((state) => state.node);
  const hovered = useDetail((state) => state.hovered);
  const [menu, setMenu] = useState<DetailMenuAt | null>(null);
  const scroller = useRef<HTMLDivElement | null>(null);
  const { nodes } = detail;
  const lines = useMemo(() => linesOf(nodes, openness), [nodes, openness]);
  const near = useMemo(() => (hovered === null ? null : nodeAt(nodes, hovered)), [nodes, hovered]);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    getItemKey: (at) => lines[at]?.index ?? at,
    overscan: 10,
  });
  const at = lines.findIndex(({ index }) => index === chosen);
  const reveal = useRef<number | null>(null);
  useEffect(() => {
    // Once a choice: lines that open elsewhere move nothing.
    if (reveal.current === chosen || at < 0) return;
    reveal.current = chosen;
    virtual.scrollToIndex(at);
  }, [chosen, at, virtual]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'c' && chosen !== null) {
      if (document.getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      copyText(treeText(nodes, chosen));
      return;
    }
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / LINE_HEIGHT) - 1);
    const move = detailMove(lines, chosen, event.key, page);
    if (move === null) return;
    event.preventDefault();
    const node = nodes[move.index];
    if (move.type === 'go') chooseNode(move.index);
    else if (node !== undefined) setOpen(node.field, move.open);
  };
  const visible = virtual.getVirtualItems();
  const drawn = visible.some(({ index }) => index === at);
  return (
    <>
      <div
        ref={scroller}
        className="detail-tree"
        role="tree"
        tabIndex={0}
        aria-label={detailStrings.tree}
        aria-activedescendant={chosen === null || !drawn ? undefined : lineId(chosen)}
        data-testid="detail-tree"
        onKeyDown={onKeyDown}
        onContextMenu={(event) => {
          event.preventDefault();
          const place = document
            .getElementById(chosen === null ? '' : lineId(chosen))
            ?.getBoundingClientRect();
          if (chosen !== null && place !== undefined)
            setMenu({ node: chosen, x: place.left + 40, y: place.bottom });
        }}
      >
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {visible.map((item) => {
            const line = lines[item.index];
            const node = line === undefined ? undefined : nodes[line.index];
            if (line === undefined || node === undefined) return null;
            const { index, open } = line;
            return (
              <div
                key={item.key}
                id={lineId(index)}
                className={`detail-line ${node.depth === 0 ? 'layer' : ''} ${isMark(node.field) ? 'mark' : ''} ${index === near ? 'near' : ''}`}
                role="treeitem"
                aria-level={node.depth + 1}
                aria-selected={index === chosen}
                aria-posinset={line.position}
                aria-setsize={line.siblings}
                {...(open === null ? {} : { 'aria-expanded': open })}
                data-field={node.field}
                title={titleOf(node)}
                style={{
                  transform: `translateY(${String(item.start)}px)`,
                  paddingLeft: `${String(4 + node.depth * 14)}px`,
                }}
                onClick={() => {
                  chooseNode(index);
                }}
                onDoubleClick={() => {
                  if (open !== null) setOpen(node.field, !open);
                }}
                onMouseEnter={() => {
                  hover(null);
                }}
                onContextMenu={(event) => {
                  event.preventDefault();
                  event.stopPropagation();
                  chooseNode(index);
                  setMenu({ node: index, x: event.clientX, y: event.clientY });
                }}
              >
                <span
                  className="detail-chevron"
                  aria-hidden="true"
                  onClick={(event) => {
                    event.stopPropagation();
                    if (open !== null) setOpen(node.field, !open);
                  }}
                >
                  {open === null ? null : open ? <ChevronDown size={11} /> : <ChevronRight size={11} />}
                </span>
                <LineText text={node.text} layer={node.depth === 0} />
              </div>
            );
          })}
        </div>
      </div>
      <DetailMenu
        detail={detail}
        at={menu}
        onClose={() => {
          setMenu(null);
          scroller.current?.focus();
        }}
      />
    </>
  );
}

function isMark(field: string): boolean {
  return field.startsWith('_ws.');
}

function titleOf(node: PacketDetail['nodes'][number]): string {
  const bytes = node.length === 0 ? [] : [detailStrings.bytesRange(node.at, node.length)];
  return [node.text, [node.field, ...bytes].join(' · ')].join('\n');
}

/** The label faint, the value plain: the eye finds the value. */
function LineText({ text, layer }: { readonly text: string; readonly layer: boolean }): ReactNode {
  const cut = text.indexOf(layer ? ', ' : ': ');
  if (cut < 0) return <span className="truncate">{text}</span>;
  return (
    <span className="truncate">
      <span className="detail-name">{text.slice(0, cut + 1)}</span>
      <span className="detail-value mono">{text.slice(cut + 1)}</span>
    </span>
  );
}
