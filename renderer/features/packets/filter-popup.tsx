import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import type { FilterError } from '../../../app/packet/filter/display-filter.ts';
import { Button } from '../../ui/button.tsx';
import type { FilterList, FilterListItem } from './filter-list.ts';
import { marked, mended } from './filter-state.ts';
import { filterStrings } from './filter-strings.ts';

export function optionId(listId: string, index: number): string {
  return `${listId}-${String(index)}`;
}

interface Place {
  readonly left: number;
  readonly width: number;
  readonly above: boolean;
  readonly edge: number;
  readonly room: number;
}

/** px */
const GAP = 4;
const WIDTH = 460;

/** Below the filter box, or above it where that has more room: what could be written, and what is wrong. */
export function FilterPopup({
  anchor,
  id,
  list,
  at,
  error,
  text,
  applied,
  onTake,
  onWrite,
}: {
  readonly anchor: RefObject<HTMLElement | null>;
  readonly id: string;
  readonly list: FilterList;
  readonly at: number | null;
  readonly error: FilterError | null;
  readonly text: string;
  readonly applied: string;
  readonly onTake: (item: FilterListItem) => void;
  readonly onWrite: (text: string) => void;
}): ReactNode {
  const place = usePlace(anchor);
  if (place === null) return null;
  const { left, width, above, edge, room } = place;
  return createPortal(
    <div
      className="menu filter-popup"
      style={{
        left,
        width,
        maxHeight: room,
        ...(above ? { bottom: edge } : { top: edge }),
      }}
      // The box keeps the focus.
      onMouseDown={(event) => {
        event.preventDefault();
      }}
    >
      {error === null ? null : (
        <Mistake
          error={error}
          text={text}
          applied={applied}
          tab={at === null && !list.begun}
          onWrite={onWrite}
        />
      )}
      {list.items.length === 0 ? null : <Options id={id} list={list} at={at} onTake={onTake} />}
    </div>,
    document.body,
  );
}

function Mistake({
  error,
  text,
  applied,
  tab,
  onWrite,
}: {
  readonly error: FilterError;
  readonly text: string;
  readonly applied: string;
  /** The Tab key writes what is suggested. */
  readonly tab: boolean;
  readonly onWrite: (text: string) => void;
}): ReactNode {
  const [before, wrong, after] = marked(text, error);
  const better = mended(text, error);
  return (
    <div className="filter-mistake" data-testid="filter-mistake">
      <p>{error.sentence}</p>
      <code className="filter-marked">
        {before}
        <mark>{wrong}</mark>
        {after}
      </code>
      <div className="filter-mend">
        {better === null || error.suggestion === null ? null : (
          <Button
            small
            data-testid="filter-suggestion"
            title={better}
            onClick={() => {
              onWrite(better);
            }}
          >
            <span className="truncate">{filterStrings.instead(error.suggestion)}</span>
            {tab ? <kbd>{filterStrings.tab}</kbd> : null}
          </Button>
        )}
        <span className="faint truncate">{filterStrings.still(applied)}</span>
      </div>
    </div>
  );
}

function Options({
  id,
  list,
  at,
  onTake,
}: {
  readonly id: string;
  readonly list: FilterList;
  readonly at: number | null;
  readonly onTake: (item: FilterListItem) => void;
}): ReactNode {
  const box = useRef<HTMLDivElement | null>(null);
  useEffect(() => {
    if (at !== null) document.getElementById(optionId(id, at))?.scrollIntoView({ block: 'nearest' });
  }, [id, at]);
  const label = list.kind === 'recent' ? filterStrings.recent : filterStrings.completions;
  return (
    <>
      {list.kind === 'recent' ? <div className="filter-list-head">{label}</div> : null}
      <div
        ref={box}
        id={id}
        className="filter-list"
        role="listbox"
        aria-label={label}
        data-testid="filter-list"
      >
        {list.items.map((item, index) => (
          <div
            key={item.text}
            id={optionId(id, index)}
            className="filter-option"
            role="option"
            aria-selected={index === at}
            title={item.label}
            onClick={() => {
              onTake(item);
            }}
          >
            <span className="mono truncate filter-option-label">{item.label}</span>
            <span className="faint truncate">{item.detail}</span>
            {index === 0 && at === null && list.begun ? <kbd>{filterStrings.tab}</kbd> : null}
          </div>
        ))}
      </div>
    </>
  );
}

function usePlace(anchor: RefObject<HTMLElement | null>): Place | null {
  const [place, setPlace] = useState<Place | null>(null);
  useLayoutEffect(() => {
    const measure = (): void => {
      const box = anchor.current?.getBoundingClientRect();
      if (box === undefined) return;
      const below = window.innerHeight - box.bottom;
      const above = below < 200 && box.top > below;
      const width = Math.min(Math.max(box.width, WIDTH), window.innerWidth - 2 * GAP);
      setPlace({
        left: Math.max(GAP, Math.min(box.left, window.innerWidth - width - GAP)),
        width,
        above,
        edge: above ? window.innerHeight - box.top + GAP : box.bottom + GAP,
        room: Math.min(320, (above ? box.top : below) - 3 * GAP),
      });
    };
    measure();
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('resize', measure);
    };
  }, [anchor]);
  return place;
}
