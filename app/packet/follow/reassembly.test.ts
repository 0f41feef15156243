import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { Reassembly, type Direction, type GapCause, type StreamSegment } from './reassembly.ts';

type Told =
  | { readonly direction: Direction; readonly text: string; readonly from: number }
  | { readonly direction: Direction; readonly gap: number; readonly cause: GapCause };

const roomy = { maxWaitingBytes: 1 << 30, cutsAreGaps: false };

function follow(
  segments: readonly Partial<StreamSegment<number>>[],
  { end = false, ...options }: Partial<typeof roomy> & { end?: boolean } = {},
): { told: Told[]; reassembly: Reassembly<number> } {
  const told: Told[] = [];
  const reassembly = new Reassembly<number>(
    {
      bytes: (direction, bytes, from) => told.push({ direction, text: textOf(bytes), from }),
      gap: (direction, gap, cause) => told.push({ direction, gap, cause }),
    },
    { ...roomy, ...options },
  );
  for (const [from, segment] of segments.entries()) {
    const bytes = segment.bytes ?? new Uint8Array(0);
    reassembly.take({
      direction: 0,
      sequence: 0,
      acknowledgement: null,
      syn: false,
      wireLength: bytes.length,
      from,
      ...segment,
      bytes,
    });
  }
  if (end) reassembly.end();
  return { told, reassembly };
}

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const sent = (sequence: number, text: string, more: Partial<StreamSegment<number>> = {}) => ({
  sequence,
  bytes: bytesOf(text),
  ...more,
});
const texts = (told: readonly Told[]): (string | number)[] =>
  told.map((one) => ('text' in one ? one.text : one.gap));

describe('a stream', () => {
  it('is put in order, both directions as they came', () => {
    const { told } = follow([
      sent(0, '', { syn: true }),
      sent(0, '', { syn: true, direction: 1, acknowledgement: 1 }),
      sent(6, 'world'),
      sent(1, 'hello'),
      sent(1, 'yes', { direction: 1, acknowledgement: 11 }),
    ]);
    expect(told).toEqual([
      { direction: 0, text: 'hello', from: 3 },
      { direction: 0, text: 'world', from: 2 },
      { direction: 1, text: 'yes', from: 4 },
    ]);
  });

  it('keeps what was captured first where segments overlap', () => {
    expect(texts(follow([sent(1, 'AAAA'), sent(3, 'BBBB')]).told)).toEqual(['AAAA', 'BB']);
    const late = [sent(1, ''), sent(5, '1111'), sent(3, '222222'), sent(1, 'AA')];
    expect(texts(follow(late).told)).toEqual(['AA', '222222']);
    const longer = [sent(1, ''), sent(3, '222222'), sent(5, '11111'), sent(1, 'AAAAAA')];
    expect(texts(follow(longer).told)).toEqual(['AAAAAA', '22', '1']);
  });

  it('takes payload of a SYN and goes on past a FIN', () => {
    const { told } = follow([sent(0, 'early', { syn: true }), sent(1, 'early'), sent(6, 'x')]);
    expect(texts(told)).toEqual(['early', 'x']);
  });

  it('has a gap where something acknowledged never came, and only then', () => {
    const lost = [sent(1, ''), sent(6, 'BBBBB')];
    const acked = (acknowledgement: number) => sent(1, '', { direction: 1, acknowledgement });
    expect(texts(follow(lost).told)).toEqual([]);
    expect(texts(follow([...lost, acked(6)]).told)).toEqual([]);
    expect(texts(follow([...lost, acked(7), sent(11, 'CC')]).told)).toEqual([5, 'BBBBB', 'CC']);
  });

  it('shows at its end what still waits, after gaps', () => {
    const { told } = follow([sent(1, ''), sent(12, 'D'), sent(6, 'BBBBB')], { end: true });
    expect(texts(told)).toEqual([5, 'BBBBB', 1, 'D']);
  });

  it('has a gap where the capture cut a payload', () => {
    const { told } = follow([sent(1, 'hel', { wireLength: 5 }), sent(6, 'more')]);
    expect(told).toContainEqual({ direction: 0, gap: 2, cause: 'cut' });
    expect(texts(told)).toEqual(['hel', 2, 'more']);
    const whole = [sent(1, '', { wireLength: 5 }), sent(6, 'more')];
    expect(texts(follow(whole, { cutsAreGaps: true }).told)).toEqual([5, 'more']);
    expect(texts(follow(whole, { end: true }).told)).toEqual([5, 'more']);
  });

  it('counts retransmissions, but no keep-alive as one', () => {
    const { reassembly } = follow([
      sent(1, 'hello'),
      sent(5, 'o'),
      sent(1, 'hello'),
      sent(4, 'lo world'),
      sent(20, 'y'),
      sent(20, 'y'),
      sent(12, '01234567'),
    ]);
    expect(reassembly.totals(0)).toEqual({ segments: 7, retransmitted: 3 });
    expect(reassembly.totals(1)).toEqual({ segments: 0, retransmitted: 0 });
  });

  it('gives up what is missing when more waits than may', () => {
    const segments = Array.from({ length: 100 }, (_, each) => sent(11 + 10 * each, '0123456789'));
    const { told } = follow([sent(1, ''), ...segments], { maxWaitingBytes: 5_000 });
    expect(texts(told).filter((one) => typeof one === 'number')).toEqual([10]);
    expect(told).toHaveLength(101);
  });

  it('gives up as much as it must: small ones that wait make room for large ones', () => {
    const small = Array.from({ length: 7 }, (_, each) => sent(11 + 10 * each, 'x'));
    const { told } = follow([sent(1, ''), ...small, sent(1001, 'y'.repeat(900))], { maxWaitingBytes: 1_100 });
    expect(texts(told).filter((one) => one === 'x')).toHaveLength(7);
  });

  it('takes 100,000 segments in the opposite order, and as many that all overlap', () => {
    const count = 100_000;
    const backwards = Array.from({ length: count }, (_, each) => sent(2 + count - each, 'x'));
    expect(follow([sent(1, ''), ...backwards, sent(1, 'yz')]).told).toHaveLength(count + 1);
    const overlapping = Array.from({ length: count }, (_, each) => sent(3 + (each % 7), '0123456789'));
    expect(texts(follow([sent(1, ''), ...overlapping, sent(1, 'ab')]).told).join('')).toBe(
      'ab0123456789999999',
    );
  });
});

/** Both ways' bytes, and how they are cut into segments, doubled, reordered and lost. */
const conversation = fc.record({
  streams: fc.tuple(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 400 })),
  starts: fc.tuple(fc.nat(0xffffffff), fc.constantFrom(1, 0x7fffffff, 0xfffffff0)),
  cuts: fc.array(
    fc.record({
      direction: fc.constantFrom<Direction>(0, 1),
      from: fc.nat(399),
      length: fc.integer({ min: 1, max: 90 }),
      earlier: fc.nat(12),
    }),
    { maxLength: 60 },
  ),
});

describe('whatever happens to segments', () => {
  it('the stream is the one that was sent, but for what was never captured', () => {
    fc.assert(
      fc.property(conversation, fc.boolean(), ({ streams, starts, cuts }, all) => {
        const begin = (direction: Direction) => ({
          direction,
          sequence: (starts[direction] - 1) >>> 0 || 0xffffffff,
          syn: true,
          order: -1,
        });
        const first = [begin(0), begin(1)];
        // A sequence number of 0 says nothing yet.
        const base = first.map(({ sequence }) => (sequence + 1) >>> 0);
        if (base.includes(0)) return;
        const seen = streams.map((stream) => new Uint8Array(stream.length));
        const pieces = cuts.map((cut, index) => {
          const bytes = streams[cut.direction].subarray(cut.from, cut.from + cut.length);
          seen[cut.direction]?.fill(1, cut.from, cut.from + bytes.length);
          return { ...cut, bytes, order: index - cut.earlier };
        });
        if (all) {
          for (const direction of [0, 1] as const) {
            for (let from = 0; from < streams[direction].length; from += 50) {
              const bytes = streams[direction].subarray(from, from + 50);
              seen[direction]?.fill(1, from, from + 50);
              pieces.push({ direction, from, length: 50, earlier: 0, bytes, order: (from * 7) % 41 });
            }
          }
        }
        pieces.sort((a, b) => a.order - b.order);
        const segments = pieces.map(({ direction, from, bytes }) => ({
          direction,
          sequence: ((base[direction] ?? 0) + from) >>> 0,
          bytes,
        }));
        const wanted = streams.map((stream, direction) =>
          Array.from(stream, (byte, at) => (seen[direction]?.[at] === 1 ? byte : -1)),
        );
        const found: number[][] = [[], []];
        const reassembly = new Reassembly<number>(
          {
            bytes: (direction, bytes) => found[direction]?.push(...bytes),
            gap: (direction, length) => found[direction]?.push(...new Array<number>(length).fill(-1)),
          },
          roomy,
        );
        const nothing = { acknowledgement: null, syn: false, bytes: new Uint8Array(0), from: 0 };
        for (const segment of [...first, ...segments]) {
          const one = { ...nothing, ...segment };
          reassembly.take({ ...one, wireLength: one.bytes.length });
        }
        reassembly.end();
        for (const direction of [0, 1] as const) {
          const line = wanted[direction] ?? [];
          expect(found[direction]).toEqual(line.slice(0, line.findLastIndex((byte) => byte >= 0) + 1));
        }
      }),
      { numRuns: runs(400) },
    );
  });

  it('no sequence of segments makes it throw, tell an empty piece, or tell more than came', () => {
    const hostile = fc.record({
      direction: fc.constantFrom<Direction>(0, 1),
      sequence: fc.oneof(fc.nat(0xffffffff), fc.nat(40), fc.constantFrom(0x7fffffff, 0x80000000, 0xffffffff)),
      acknowledgement: fc.option(fc.oneof(fc.nat(0xffffffff), fc.nat(60))),
      syn: fc.boolean(),
      bytes: fc.uint8Array({ maxLength: 20 }),
      more: fc.oneof(fc.constant(0), fc.nat(20), fc.constant(0xffff_ffff)),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 60 }), fc.boolean(), (segments, cutsAreGaps) => {
        const { told } = follow(
          segments.map(({ more, ...segment }) => ({ ...segment, wireLength: segment.bytes.length + more })),
          { end: true, cutsAreGaps, maxWaitingBytes: 2_000 },
        );
        const came = segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
        const pieces = told.map((one) => ('text' in one ? one.text.length : one.gap));
        expect(Math.min(1, ...pieces)).toBe(1);
        expect(told.reduce((sum, one) => sum + ('text' in one ? one.text.length : 0), 0)).toBeLessThanOrEqual(
          came,
        );
      }),
      { numRuns: runs(400) },
    );
  });
});
