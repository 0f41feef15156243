import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FollowedStream } from '../../../../app/contract/followed-stream.ts';
import { runs } from '../../../../app/testing/runs.ts';
import { found, lit, streamLines } from './stream-lines.ts';

const end = { address: '192.168.1.2', port: 1, name: null };
const totals = { bytes: 0, lacking: 0, segments: 0, retransmitted: 0 };
const piece = { direction: 0 as const, kind: 'bytes' as const, length: 3, packet: 1, at: { s: 0, ns: 0 } };
const base: FollowedStream = {
  ok: true,
  run: 1,
  vantagePoint: 1,
  ends: [end, end],
  bytes: new Uint8Array(9),
  pieces: [
    piece,
    { ...piece, direction: 1 },
    { ...piece, direction: 1, kind: 'missing' },
    { ...piece, kind: 'cut' },
    piece,
  ],
  totals: [totals, totals],
  beyond: 0,
  begins: true,
  closed: null,
  packets: 5,
};
const of = (text: string): FollowedStream => {
  const bytes = new TextEncoder().encode(text);
  return { ...base, bytes, pieces: [{ ...piece, length: bytes.length }] };
};
const textOf = (stream: FollowedStream, columns: number): string[] =>
  streamLines(stream, 'text', columns).flatMap((line) =>
    line.kind === 'bytes' ? [new TextDecoder().decode(stream.bytes.slice(line.from, line.to))] : [],
  );

describe('lines of a stream', () => {
  it('are turns, bytes and gaps in order', () => {
    const kinds = streamLines(base, 'hex', 80).map(({ kind }) => kind);
    expect(kinds).toEqual(['turn', 'bytes', 'turn', 'bytes', 'missing', 'turn', 'cut', 'bytes']);
  });

  it('of text end at line feeds and where the columns do, never within a sign', () => {
    expect(textOf(of('one\n\ntwo'), 40)).toEqual(['one', '', 'two']);
    expect(textOf(of('深'.repeat(25)), 20)).toEqual(['深'.repeat(10), '深'.repeat(10), '深'.repeat(5)]);
  });

  it('hold every byte once, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('text' as const, 'hex' as const),
        (bytes, mode) => {
          const stream = {
            ...of(''),
            bytes,
            pieces: [{ ...of('').pieces[0], length: bytes.length }],
          } as FollowedStream;
          const covered = new Uint8Array(bytes.length);
          for (const line of streamLines(stream, mode, 30))
            if (line.kind === 'bytes')
              for (let at = line.from; at < line.to; at += 1) covered[at] = (covered[at] ?? 0) + 1;
          expect(Array.from(covered)).toEqual(
            Array.from(bytes, (byte) => (mode === 'text' && byte === 10 ? 0 : 1)),
          );
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe('what is searched', () => {
  it('is found in either case, also across lines, and lit', () => {
    const { bytes } = of('Host: a\nhost: b');
    expect(found(bytes, 'HOST', 10)).toEqual([0, 8]);
    expect(found(bytes, '', 10)).toEqual([]);
    expect(found(bytes, 'o', 1)).toEqual([1]);
    expect(lit(2, 12, [0, 8], 4)).toEqual([
      { from: 2, to: 4, hit: true },
      { from: 4, to: 8, hit: false },
      { from: 8, to: 12, hit: true },
    ]);
    expect(lit(0, 3, [], 1)).toEqual([{ from: 0, to: 3, hit: false }]);
  });
});
