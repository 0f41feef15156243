import { useVirtualizer } from '@tanstack/react-virtual';
import { Dialog as RadixDialog } from 'radix-ui';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Copy, Filter, X } from 'lucide-react';
import type { FollowedStream } from '../../../../app/contract/followed-stream.ts';
import { copyText } from '../../../state/clipboard.ts';
import { useWatchState } from '../../../state/watch.ts';
import { Button, IconButton } from '../../../ui/button.tsx';
import { filterBy } from '../table-state.ts';
import { closeStream, useFollowed } from './followed.ts';
import { StreamLineView } from './stream-line-view.tsx';
import { found, type StreamMode, streamLines } from './stream-lines.ts';
import { streamStrings } from './stream-strings.ts';
import { copyableText, endText, streamFilter } from './stream-text.ts';
import './stream.css';

const LINE_HEIGHT = 18;
/** px beside the text of a line, and of a letter. */
const EDGES = 46;
const LETTER = 6.95;
/** More places than these nobody visits one by one. */
const MOST_FOUND = 10_000;

/** The followed stream, as long as there is one. */
export function StreamDialog(): ReactNode {
  const packet = useFollowed((state) => state.packet);
  const stream = useFollowed((state) => state.stream);
  const trouble = useFollowed((state) => state.trouble);
  if (packet === null) return null;
  return (
    <RadixDialog.Root
      open
      onOpenChange={(open) => {
        if (!open) closeStream();
      }}
    >
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="scrim" />
        <RadixDialog.Content
          className="dialog stream"
          data-testid="stream-dialog"
          aria-describedby={undefined}
          aria-busy={stream === null && trouble === null}
          onCloseAutoFocus={(event) => {
            // It was opened from a menu that is gone: whoever walked the rows goes on.
            event.preventDefault();
            document.querySelector<HTMLElement>('.packets-table')?.focus();
          }}
        >
          {stream === null ? (
            <>
              <Head point={null} />
              <p className="stream-waiting" role="status">
                {trouble ?? streamStrings.waiting}
              </p>
            </>
          ) : (
            <Stream stream={stream} />
          )}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

function Head({ point }: { readonly point: string | null }): ReactNode {
  return (
    <header className="stream-head">
      <RadixDialog.Title asChild>
        <h2>{streamStrings.title}</h2>
      </RadixDialog.Title>
      {point === null ? null : (
        <span className="dim truncate" title={streamStrings.seenAtTitle}>
          {streamStrings.seenAt(point)}
        </span>
      )}
      <span className="grow" />
      <IconButton label={streamStrings.close} small onClick={closeStream}>
        <X size={14} aria-hidden />
      </IconButton>
    </header>
  );
}

function Stream({ stream }: { readonly stream: FollowedStream }): ReactNode {
  const [mode, setMode] = useState<StreamMode>('text');
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const point = useWatchState(
    ({ view }) => view.vantagePoints.find(({ id }) => id === stream.vantagePoint)?.label ?? null,
  );
  const scroller = useRef<HTMLDivElement | null>(null);
  const columns = useColumns(scroller);
  const lines = useMemo(() => streamLines(stream, mode, columns), [stream, mode, columns]);
  const places = useMemo(() => found(stream.bytes, words, MOST_FOUND), [stream, words]);
  const length = useMemo(() => new TextEncoder().encode(words).length, [words]);
  const current = places[at];
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 12,
  });
  useEffect(() => {
    if (current === undefined) return;
    const index = lines.findIndex((line) => line.kind === 'bytes' && line.to > current);
    if (index >= 0) virtual.scrollToIndex(index, { align: 'center' });
  }, [current, lines, virtual]);
  const go = (step: number): void => {
    if (places.length > 0) setAt((at + step + places.length) % places.length);
  };
  return (
    <>
      <Head point={point} />
      <Ends stream={stream} />
      <div className="stream-bar">
        <span className="stream-modes" role="group">
          {(['text', 'hex'] as const).map((each) => (
            <Button
              key={each}
              small
              className={mode === each ? 'held' : ''}
              aria-pressed={mode === each}
              data-testid={`stream-${each}`}
              onClick={() => {
                setMode(each);
              }}
            >
              {streamStrings[each]}
            </Button>
          ))}
        </span>
        <input
          className="input stream-search"
          type="search"
          placeholder={streamStrings.search}
          aria-label={streamStrings.search}
          title={`${streamStrings.next}, ${streamStrings.previous}`}
          data-testid="stream-search"
          value={words}
          maxLength={200}
          onChange={(event) => {
            setWords(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
          }}
        />
        <span className="faint stream-found" role="status">
          {words === ''
            ? ''
            : places.length === 0
              ? streamStrings.none
              : streamStrings.found(at + 1, places.length, places.length === MOST_FOUND)}
        </span>
        <span className="grow" />
        <Button
          small
          data-testid="stream-copy"
          onClick={() => {
            copyText(copyableText(stream, mode));
          }}
        >
          <Copy size={12} aria-hidden /> {streamStrings.copy}
        </Button>
        <Button
          small
          title={streamFilter(stream)}
          data-testid="stream-filter"
          onClick={() => {
            filterBy(streamFilter(stream));
            closeStream();
          }}
        >
          <Filter size={12} aria-hidden /> {streamStrings.filter}
        </Button>
      </div>
      <div
        ref={scroller}
        className="stream-lines mono"
        tabIndex={0}
        role="region"
        aria-label={streamStrings.title}
      >
        {lines.length === 0 ? <p className="stream-waiting">{streamStrings.empty}</p> : null}
        <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return line === undefined ? null : (
              <StreamLineView
                key={item.key}
                y={item.start}
                line={line}
                mode={mode}
                stream={stream}
                places={places}
                length={length}
                current={current}
              />
            );
          })}
        </div>
      </div>
      {stream.beyond > 0 ? <p className="stream-note">{streamStrings.beyond(stream.beyond)}</p> : null}
    </>
  );
}

function Ends({ stream }: { readonly stream: FollowedStream }): ReactNode {
  return (
    <div className="stream-ends">
      {([0, 1] as const).map((direction) => {
        const end = stream.ends[direction];
        const { bytes, lacking, retransmitted } = stream.totals[direction];
        return (
          <div key={direction} className={`stream-end from-${String(direction)}`} title={endText(end)}>
            <b className="truncate">{end.name ?? ''}</b>
            <span className="mono truncate">{endText({ ...end, name: null })}</span>
            <span className="stream-figures">
              <span>{streamStrings.bytes(bytes)}</span>
              {lacking > 0 ? <span className="warn">{streamStrings.lacking(lacking)}</span> : null}
              {retransmitted > 0 ? (
                <span className="dim">{streamStrings.retransmitted(retransmitted)}</span>
              ) : null}
            </span>
          </div>
        );
      })}
      <span className="faint stream-about">
        {streamStrings.packets(stream.packets)} ·{' '}
        {stream.closed === null ? streamStrings.open : streamStrings.closed[stream.closed]}
        {stream.begins ? '' : ` · ${streamStrings.middle}`}
      </span>
    </div>
  );
}

/** Letters that a line has room for. */
function useColumns(element: { readonly current: HTMLElement | null }): number {
  const [columns, setColumns] = useState(100);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      setColumns(Math.floor((current.clientWidth - EDGES) / LETTER));
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return columns;
}
