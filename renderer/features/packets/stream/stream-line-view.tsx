import type { ReactNode } from 'react';
import type { FollowedStream } from '../../../../app/contract/followed-stream.ts';
import { asciiSign, hexByte, offsetText } from '../bytes-text.ts';
import { HEX_BYTES, lit, type StreamLine, type StreamMode } from './stream-lines.ts';
import { streamStrings } from './stream-strings.ts';
import { lineText } from './stream-text.ts';

/** One line: what was sent is shown as plain text, whatever it is. */
export function StreamLineView({
  line,
  y,
  mode,
  stream,
  places,
  length,
  current,
}: {
  readonly line: StreamLine;
  /** px below the upper edge. */
  readonly y: number;
  readonly mode: StreamMode;
  readonly stream: FollowedStream;
  /** Where what was searched for begins, and how long it is. */
  readonly places: readonly number[];
  readonly length: number;
  readonly current: number | undefined;
}): ReactNode {
  const style = { transform: `translateY(${String(y)}px)` };
  const name = `stream-line from-${String(line.direction)} ${line.kind}`;
  if (line.kind === 'turn') {
    const { name: who, address } = stream.ends[line.direction];
    return (
      <div className={name} style={style}>
        <b className="truncate">{who ?? address}</b>
        <span className="faint">
          {since(stream, line.at)} · {streamStrings.packet(line.packet)} · {streamStrings.bytes(line.bytes)}
        </span>
      </div>
    );
  }
  if (line.kind !== 'bytes') {
    return (
      <div className={`${name} gap`} style={style}>
        <span>{streamStrings.gap(line.kind, line.length)}</span>
      </div>
    );
  }
  const parts = lit(line.from, line.to, places, length);
  const marked = (text: (from: number, to: number) => string): ReactNode =>
    parts.map(({ from, to, hit }) => {
      const said = text(from, to);
      if (!hit) return said;
      const now = current !== undefined && from < current + length && to > current;
      return (
        <mark key={from} className={now ? 'now' : ''}>
          {said}
        </mark>
      );
    });
  if (mode === 'text') {
    return (
      <div className={name} style={style}>
        {marked((from, to) => lineText(stream.bytes.subarray(from, to)))}
      </div>
    );
  }
  const bytes = (from: number, to: number): number[] => Array.from(stream.bytes.subarray(from, to));
  return (
    <div className={name} style={style}>
      <span className="faint">{offsetText(line.from, stream.bytes.length)}</span>
      {'  '}
      {marked((from, to) =>
        bytes(from, to)
          .map((byte) => `${hexByte(byte)} `)
          .join(''),
      )}
      {' '.repeat((HEX_BYTES - (line.to - line.from)) * 3 + 1)}
      {marked((from, to) => bytes(from, to).map(asciiSign).join(''))}
    </div>
  );
}

/** Since the stream's first piece. */
function since({ pieces }: FollowedStream, at: { readonly s: number; readonly ns: number }): string {
  const first = pieces[0]?.at ?? at;
  const seconds = at.s - first.s + (at.ns - first.ns) / 1e9;
  return `+${seconds.toFixed(6)} s`;
}
