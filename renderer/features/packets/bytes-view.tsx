import { useVirtualizer } from '@tanstack/react-virtual';
import { type MouseEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { PacketDetail } from '../../../app/contract/packet-detail.ts';
import { asciiSign, hexByte, offsetText } from './bytes-text.ts';
import { hover, revealNode, useDetail } from './detail-state.ts';
import { detailStrings } from './detail-strings.ts';
import { nodeAt } from './detail-tree.ts';

const LINE_HEIGHT = 18;
/** px that a line of 16 bytes takes. */
const WIDE = 520;

/** What was captured, in hexadecimal and ASCII: a byte shows whose it is, a field shows its bytes. */
export function BytesView({ detail }: { readonly detail: PacketDetail }): ReactNode {
  const scroller = useRef<HTMLDivElement | null>(null);
  const wide = useWide(scroller);
  const perLine = wide ? 16 : 8;
  const { bytes, nodes } = detail;
  const chosen = useDetail((state) => (state.node === null ? undefined : nodes[state.node]));
  const hovered = useDetail((state) => state.hovered);
  const near = useMemo(() => {
    const index = hovered === null ? null : nodeAt(nodes, hovered);
    return index === null ? undefined : nodes[index];
  }, [nodes, hovered]);
  const virtual = useVirtualizer({
    count: Math.ceil(bytes.length / perLine),
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 8,
  });
  useEffect(() => {
    if (chosen === undefined || chosen.length === 0) return;
    virtual.scrollToIndex(Math.floor(chosen.at / perLine), { align: 'auto' });
  }, [chosen, perLine, virtual]);
  const byteUnder = ({ target }: MouseEvent): number | null => {
    const at = target instanceof HTMLElement ? target.dataset['at'] : undefined;
    return at === undefined ? null : Number(at);
  };
  return (
    <div
      ref={scroller}
      className="detail-bytes mono"
      role="region"
      aria-label={detailStrings.bytes}
      tabIndex={0}
      data-testid="detail-bytes"
      onMouseOver={(event) => {
        hover(byteUnder(event));
      }}
      onMouseLeave={() => {
        hover(null);
      }}
      onClick={(event) => {
        const byte = byteUnder(event);
        const node = byte === null ? null : nodeAt(nodes, byte);
        if (node !== null) revealNode(node);
      }}
    >
      {bytes.length === 0 ? <p className="detail-none">{detailStrings.noBytes}</p> : null}
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            className="bytes-line"
            style={{ transform: `translateY(${String(item.start)}px)` }}
          >
            <BytesLine
              bytes={bytes}
              from={item.index * perLine}
              perLine={perLine}
              chosen={chosen}
              near={near}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

interface Range {
  readonly at: number;
  readonly length: number;
}

function BytesLine({
  bytes,
  from,
  perLine,
  chosen,
  near,
}: {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly perLine: number;
  readonly chosen: Range | undefined;
  readonly near: Range | undefined;
}): ReactNode {
  const hex: ReactNode[] = [];
  const ascii: ReactNode[] = [];
  for (let at = from; at < from + perLine; at += 1) {
    const byte = bytes[at];
    const half = at - from === perLine / 2 ? ' half' : '';
    if (byte === undefined) {
      hex.push(<span key={at} className={`byte${half}`} />);
      continue;
    }
    const lit = `${within(at, chosen) ? ' chosen' : ''}${within(at, near) ? ' near' : ''}`;
    // Lit bytes touch, so that a field reads as one piece.
    const joined = at + 1 < from + perLine && within(at, chosen) && within(at + 1, chosen) ? ' joined' : '';
    hex.push(
      <span key={at} className={`byte${half}${lit}${joined}`} data-at={at}>
        {hexByte(byte)}
      </span>,
    );
    ascii.push(
      <span key={at} className={`sign${lit}${asciiSign(byte) === '·' ? ' dot-sign' : ''}`} data-at={at}>
        {asciiSign(byte)}
      </span>,
    );
  }
  return (
    <>
      <span className="bytes-offset">{offsetText(from, bytes.length)}</span>
      <span className="bytes-hex">{hex}</span>
      <span className="bytes-ascii">{ascii}</span>
    </>
  );
}

function within(at: number, range: Range | undefined): boolean {
  return range !== undefined && at >= range.at && at < range.at + range.length;
}

function useWide(element: { readonly current: HTMLElement | null }): boolean {
  const [wide, setWide] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setWide(current.clientWidth >= WIDE);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return wide;
}
