// Rows of a Table of which only those in sight are there: a hundred nodes have ten thousand BGP sessions.
import { useVirtualizer } from '@tanstack/react-virtual';
import type { ReactNode, RefObject } from 'react';

export function VirtualRows<T>({
  items,
  rowHeight,
  columns,
  scroller,
  children,
}: {
  readonly items: readonly T[];
  /** Pixels, of every row. */
  readonly rowHeight: number;
  /** How many the table has. */
  readonly columns: number;
  /** What the table scrolls in. */
  readonly scroller: RefObject<HTMLElement | null>;
  /** A `tr`, with `aria-rowindex` as it is told. */
  readonly children: (item: T, rowIndex: number) => ReactNode;
}): ReactNode {
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <tbody>
      <Gap height={above} columns={columns} />
      {shown.map(({ index }) => {
        const item = items[index];
        // The head is the first row.
        return item === undefined ? null : children(item, index + 2);
      })}
      <Gap height={below} columns={columns} />
    </tbody>
  );
}

function Gap({ height, columns }: { readonly height: number; readonly columns: number }): ReactNode {
  return height <= 0 ? null : (
    <tr className="table-gap" aria-hidden>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
