// Rows and the scroll bar. A million rows are taller than some browsers lay out, so beyond a height the scroll bar
// stands for a share of the way instead of for pixels. Pure. (A virtualizer that places rows by pixels cannot do that.)

export const ROW_HEIGHT = 22;
/** Chromium clamps heights at about 33.5 million px, Firefox at 17.9. */
const TALLEST = 16_000_000;

export interface RowScale {
  /** px that the scrolled content pretends to have. */
  readonly height: number;
  /** The row at the top edge, a fraction when it is cut, for a scroll position. */
  rowAt(scrollTop: number): number;
  /** And back. */
  topOf(row: number): number;
  /** The row at the top edge when the last one is in full sight. */
  readonly lastTop: number;
}

/** @param viewport px of rows in sight. */
export function scaleOf(rows: number, viewport: number, tallest = TALLEST): RowScale {
  const full = rows * ROW_HEIGHT;
  const height = Math.min(full, tallest);
  const travel = Math.max(0, height - viewport);
  const fullTravel = Math.max(0, full - viewport);
  const lastTop = fullTravel / ROW_HEIGHT;
  const clamp = (row: number): number => Math.max(0, Math.min(lastTop, row));
  return {
    height,
    lastTop,
    rowAt: (scrollTop) => (travel === 0 ? 0 : clamp((scrollTop / travel) * lastTop)),
    topOf: (row) => (lastTop === 0 ? 0 : (clamp(row) / lastTop) * travel),
  };
}

/** Rows asked for before and behind what is in sight: a wheel's turn shows no gap. */
const OVERSCAN = 24;
/** What is asked for moves in steps, so that not every row scrolled is a question. */
const STEP = 12;
/** The contract's bound. */
const MOST = 500;

/** @param top the first row in sight, @param visible how many are: counted among the rows that pass the filter. */
export function windowFor(top: number, visible: number): { from: number; count: number } {
  const from = Math.max(0, Math.floor((top - OVERSCAN) / STEP) * STEP);
  return { from, count: Math.min(MOST, Math.ceil(visible) + 2 * OVERSCAN + STEP) };
}

/** The same for the newest ones. */
export function tailFor(visible: number): number {
  return Math.min(MOST, Math.ceil(visible) + OVERSCAN);
}

export type RowMove = 'up' | 'down' | 'page-up' | 'page-down' | 'first' | 'last';

/** The row that a key leads to, between the first one and the end. */
export function moved(
  at: number | null,
  move: RowMove,
  page: number,
  { first, end, top }: { first: number; end: number; top: number },
): number | null {
  if (end <= first) return null;
  const clamp = (row: number): number => Math.max(first, Math.min(end - 1, row));
  if (move === 'first') return first;
  if (move === 'last') return end - 1;
  if (at === null) return clamp(Math.ceil(top));
  switch (move) {
    case 'up':
      return clamp(at - 1);
    case 'down':
      return clamp(at + 1);
    case 'page-up':
      return clamp(at - page);
    case 'page-down':
      return clamp(at + page);
  }
}

/** The least movement of the top edge that brings a row into full sight. */
export function topShowing(row: number, top: number, visible: number): number {
  if (row < top) return row;
  return row + 1 > top + visible ? row + 1 - visible : top;
}
