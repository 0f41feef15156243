// A line of the ladder. Its row is an option of the list, so that it can be read out and walked to; what is drawn is for the eye.
import { memo, type ReactNode } from 'react';
import type { Verdict } from '../../../app/watch/model.ts';
import type { Line } from './lines.ts';
import { ladderStrings, timeText } from './strings.ts';

/** px: where a line begins below its row's upper edge, under its own words. */
const TOP = 16;
/** px that the slowest of the shown lines falls. */
export const FALL = 14;
const ROW = 36;
/** px more where something is to be said at the line's end. */
const SENTENCE = 17;
/** px that a line goes on beyond the last place where it was seen, at most. */
const STUB = 64;
/** px of a letter of 11 px, on average. */
const LETTER = 5.9;

export interface DrawnLine extends Line {
  /** Of each point, px. */
  readonly xs: readonly number[];
  readonly falls: readonly number[];
  /** px, of the lane where it should have been seen next, or of the next one; null: there is none. */
  readonly nextX: number | null;
  readonly sentence: string | null;
  /** By one clock. */
  readonly isOneNode: boolean;
}

export function rowHeight({ sentence }: Pick<DrawnLine, 'sentence'>): number {
  return sentence === null ? ROW : ROW + SENTENCE;
}

export function ladderRowId(id: number): string {
  return `ladder-line-${String(id)}`;
}

export const LadderRow = memo(function LadderRow({
  line,
  y,
  width,
  index,
  count,
  selected,
  stands,
  onSelect,
}: {
  readonly line: DrawnLine;
  readonly y: number;
  readonly width: number;
  /** From 1. */
  readonly index: number;
  readonly count: number;
  readonly selected: boolean;
  /** The lane at which its packet's journey stands; null: at none. */
  readonly stands: number | null;
  readonly onSelect: (line: DrawnLine) => void;
}): ReactNode {
  const { shown, all, xs, falls, nextX, sentence } = line;
  const { trail, back } = shown;
  const now = stands === null ? -1 : shown.points.findIndex(({ lane }) => lane === stands);
  const height = rowHeight(line);
  const first = xs[0];
  const last = xs.at(-1);
  const fall = falls.at(-1) ?? 0;
  const stub = last === undefined || nextX === null ? null : stubOf(last, nextX);
  const endX = isBroken(trail.verdict) && stub !== null ? stub : (last ?? width / 2);
  const endY = TOP + fall + (endX === last ? 0 : 3);
  const fromRight = first !== undefined && (back || first > width * 0.6);
  return (
    <div
      id={ladderRowId(line.id)}
      role="option"
      aria-selected={selected}
      aria-posinset={index}
      aria-setsize={count}
      aria-label={ladderStrings.said(trail, all.length, xs.length, sentence)}
      className={`ladder-row ${trail.verdict} ${back ? 'back' : 'forth'} ${all.length > 1 ? 'many' : ''}`}
      style={{ transform: `translateY(${String(y)}px)`, height }}
      data-verdict={trail.verdict}
      data-lanes={xs.length}
      data-alike={all.length}
      onClick={() => {
        onSelect(line);
      }}
    >
      <time className="mono ladder-time" aria-hidden="true">
        {timeText(all[0]?.trail.at ?? trail.at)}
        {all.length > 1 ? `\n${timeText(trail.at)}` : ''}
      </time>
      <svg width={width} height={height} aria-hidden="true">
        {first === undefined ? null : (
          <>
            <polyline
              className="ladder-line"
              points={xs.map((x, at) => `${String(x)},${String(TOP + (falls[at] ?? 0))}`).join(' ')}
            />
            {xs.map((x, at) => (
              <circle key={at} className="ladder-seen" cx={x} cy={TOP + (falls[at] ?? 0)} r={2.4} />
            ))}
          </>
        )}
        {now < 0 ? null : <circle className="ladder-now" cx={xs[now]} cy={TOP + (falls[now] ?? 0)} r={5.5} />}
        {last === undefined ? null : (
          <LineEnd verdict={trail.verdict} from={[last, TOP + fall]} to={[endX, endY]} />
        )}
        <text
          className="ladder-label"
          x={first === undefined ? width / 2 : fromRight ? first - 7 : first + 7}
          y={TOP - 5}
          textAnchor={fromRight ? 'end' : 'start'}
        >
          {trail.summary}
          {all.length > 1 ? (
            <tspan className="ladder-many"> · {ladderStrings.alike(all.length)}</tspan>
          ) : null}
        </text>
        {sentence === null ? null : <Sentence text={sentence} x={endX} y={height - 6} width={width} />}
      </svg>
    </div>
  );
});

function isBroken(verdict: Verdict): boolean {
  return verdict === 'dropped' || verdict === 'notCaptured' || verdict === 'inFlight';
}

/** Part of the way to where it was not seen. */
function stubOf(last: number, next: number): number {
  const reach = Math.min(STUB, Math.abs(next - last) * 0.55);
  return next < last ? last - reach : last + reach;
}

type Point = readonly [x: number, y: number];

function LineEnd({
  verdict,
  from,
  to,
}: {
  readonly verdict: Verdict;
  readonly from: Point;
  readonly to: Point;
}): ReactNode {
  const [x, y] = to;
  const stub = isBroken(verdict) ? (
    <line className="ladder-line ladder-stub" x1={from[0]} y1={from[1]} x2={x} y2={y} />
  ) : null;
  switch (verdict) {
    case 'dropped':
      return (
        <>
          {stub}
          <path className="ladder-cross" d={`M${String(x - 5)} ${String(y - 5)}l10 10m0 -10l-10 10`} />
        </>
      );
    case 'rejected':
      return <path className="ladder-cross" d={`M${String(x)} ${String(y - 7)}v14`} />;
    case 'inFlight':
      return (
        <>
          {stub}
          <circle className="ladder-open" cx={x} cy={y} r={3} />
        </>
      );
    case 'notCaptured':
      return stub;
    case 'delivered':
    case 'ambiguous':
      return null;
  }
}

/** Beside the line's end, to the side where there is more room. */
function Sentence({
  text,
  x,
  y,
  width,
}: {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}): ReactNode {
  const toRight = width - x >= Math.min(text.length * LETTER, x);
  const letters = Math.max(8, Math.floor(((toRight ? width - x : x) - 16) / LETTER));
  return (
    <text className="ladder-sentence" x={x} y={y} textAnchor={toRight ? 'start' : 'end'}>
      <title>{text}</title>
      {text.length > letters ? `${text.slice(0, letters - 1)}…` : text}
    </text>
  );
}
