// Nodes × nodes on one canvas, so that a hundred nodes cost no more than three. Arrow keys move over it; the table of
// sessions beside it says the same in words.
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useTheme } from '../../ui/use-theme.ts';
import type { Cell, Cells, CellTone } from './matrix-cells.ts';
import { bgpStrings } from './strings.ts';

/** CSS pixels of a cell: as large as fits, within what can be hit and what looks like a table. */
const CELL = { least: 7, most: 26 };
/** Room for the matrix itself, without its labels. */
const ROOM = 760;
/** Below this a label cannot be read: pointing at a cell tells it, and who has trouble comes first. */
const LABEL_FROM = 11;

interface Place {
  readonly row: number;
  readonly column: number;
}

export function MatrixCanvas({
  cells,
  chosen,
  onChoose,
}: {
  readonly cells: Cells;
  /** Id of the pair that is shown beside. */
  readonly chosen: string | null;
  readonly onChoose: (cell: Cell) => void;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const [at, setAt] = useState<Place | null>(null);
  const theme = useTheme();
  const { rows, columns } = cells;
  const side = Math.max(CELL.least, Math.min(CELL.most, Math.floor(ROOM / Math.max(1, columns.length))));
  const width = side * columns.length;
  const height = side * rows.length;
  useEffect(() => {
    const context = canvas.current?.getContext('2d') ?? null;
    // The theme is read from the page's tokens.
    if (context !== null) paint(context, cells, side, { at, chosen });
  }, [cells, side, at, chosen, theme]);
  const cell = useMemo(() => (at === null ? null : cells.at(at.row, at.column)), [cells, at]);

  const placeOf = (event: MouseEvent): Place => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      row: Math.floor((event.clientY - box.top) / side),
      column: Math.floor((event.clientX - box.left) / side),
    };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((now) => ({
        row: within((now?.row ?? 0) + (now === null ? 0 : step.row), rows.length),
        column: within((now?.column ?? 0) + (now === null ? 0 : step.column), columns.length),
      }));
    } else if ((event.key === 'Enter' || event.key === ' ') && cell !== null) {
      event.preventDefault();
      onChoose(cell);
    }
  };
  return (
    <div className="bgp-matrix">
      <div className="bgp-matrix-grid">
        {side < LABEL_FROM ? null : (
          <div className="bgp-matrix-labels" style={{ lineHeight: `${String(side)}px` }} aria-hidden>
            {rows.map(({ nodeId, label, reflector, state }) => (
              <div
                key={nodeId}
                className={`truncate ${state === 'dead' ? 'dead' : ''}`}
                style={{ height: side }}
                title={label}
              >
                {reflector ? `${bgpStrings.reflectorMark} ` : ''}
                {label}
              </div>
            ))}
          </div>
        )}
        <canvas
          ref={canvas}
          width={width * 2}
          height={height * 2}
          style={{ width, height }}
          tabIndex={0}
          role="img"
          aria-label={cell === null ? bgpStrings.matrixLabel(rows.length) : cell.text}
          aria-live="polite"
          data-testid="bgp-matrix"
          title={cell?.text ?? ''}
          onMouseMove={(event) => {
            setAt(placeOf(event));
          }}
          onMouseLeave={() => {
            setAt(null);
          }}
          onClick={(event) => {
            const place = placeOf(event);
            onChoose(cells.at(place.row, place.column));
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <p className="bgp-matrix-cell dim">{cell?.text ?? bgpStrings.matrixHint}</p>
    </div>
  );
}

const STEPS: Readonly<Record<string, Place>> = {
  ArrowUp: { row: -1, column: 0 },
  ArrowDown: { row: 1, column: 0 },
  ArrowLeft: { row: 0, column: -1 },
  ArrowRight: { row: 0, column: 1 },
};

function within(value: number, count: number): number {
  return Math.max(0, Math.min(count - 1, value));
}

/** Fill token, and whether it is an outline only. */
const LOOKS: Readonly<
  Record<CellTone, { readonly token: string; readonly outline?: true; readonly faint?: true }>
> = {
  up: { token: '--bgp', faint: true },
  troubled: { token: '--warn' },
  bad: { token: '--bad' },
  missing: { token: '--bad', outline: true },
  gap: { token: '--bad', outline: true },
  quiet: { token: '--faint', faint: true },
  unknown: { token: '--faint', outline: true },
  self: { token: '--line-strong', faint: true },
  dead: { token: '--bad' },
  none: { token: '' },
};
/** What a colour alone would not tell; drawn where there is room. */
const MARKS: Partial<Record<CellTone, string>> = {
  bad: '×',
  dead: '×',
  troubled: '!',
  unknown: '?',
  quiet: '·',
};
const MARK_FROM = 12;

function paint(
  context: CanvasRenderingContext2D,
  { rows, columns, at }: Cells,
  side: number,
  now: { readonly at: Place | null; readonly chosen: string | null },
): void {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  context.setTransform(2, 0, 0, 2, 0, 0);
  context.clearRect(0, 0, columns.length * side, rows.length * side);
  context.font = `600 ${String(Math.round(side * 0.62))}px Inter Variable, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const gap = side < LABEL_FROM ? 0.5 : 1.5;
  for (let row = 0; row < rows.length; row++) {
    for (let column = 0; column < columns.length; column++) {
      const { tone, pair } = at(row, column);
      const [x, y] = [column * side, row * side];
      const hit = now.at !== null && (now.at.row === row || now.at.column === column);
      if (hit) {
        context.globalAlpha = 1;
        context.fillStyle = token('--hover');
        context.fillRect(x, y, side, side);
      }
      const look = LOOKS[tone];
      if (look.token !== '') {
        context.globalAlpha = look.faint === true ? (side < LABEL_FROM ? 0.3 : 0.55) : 1;
        const colour = token(look.token);
        if (look.outline === true) {
          context.strokeStyle = colour;
          context.setLineDash(tone === 'gap' ? [2, 2] : []);
          context.strokeRect(x + gap + 0.5, y + gap + 0.5, side - 2 * gap - 1, side - 2 * gap - 1);
        } else {
          context.fillStyle = colour;
          context.fillRect(x + gap, y + gap, side - 2 * gap, side - 2 * gap);
        }
        const mark = MARKS[tone];
        if (mark !== undefined && side >= MARK_FROM) {
          context.globalAlpha = 1;
          context.fillStyle = look.outline === true ? colour : token('--bg');
          context.fillText(mark, x + side / 2, y + side / 2 + 0.5);
        }
      }
      if (pair !== null && pair.id === now.chosen) {
        context.globalAlpha = 1;
        context.setLineDash([]);
        context.strokeStyle = token('--path');
        context.lineWidth = 2;
        context.strokeRect(x + 1, y + 1, side - 2, side - 2);
        context.lineWidth = 1;
      }
    }
  }
  context.globalAlpha = 1;
}
