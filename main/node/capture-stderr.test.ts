import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../app/testing/runs.ts';
import { CaptureStderr, type StderrItem } from './capture-stderr.ts';

const nonce = '0123456789abcdef01234567';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function read(text: string, cuts: readonly number[] = []): { items: StderrItem[]; words: string } {
  const reader = new CaptureStderr(nonce);
  const items: StderrItem[] = [];
  let from = 0;
  for (const cut of [...cuts.filter((at) => at < text.length).toSorted((a, b) => a - b), text.length]) {
    items.push(...reader.push(bytes(text.slice(from, cut))));
    from = cut;
  }
  items.push(...reader.end());
  return { items, words: reader.words };
}

const totals = (count: number): string =>
  `tcpdump: ${count} packet${count === 1 ? '' : 's'} captured, 6 packets received by filter, 0 packets dropped by kernel\n`;

describe("a capture's stderr", () => {
  it('is noise, ticks, totals, words and the end', () => {
    const { items, words } = read(
      `hello\n${nonce} begin\ntcpdump: listening on any\n${nonce} t 5.000000001 70.12 70.13 42\n${totals(1)}${nonce} end 143\n`,
    );
    expect(items).toEqual([
      {
        kind: 'tick',
        time: { nodeTime: { s: 5, ns: 1 }, uptime: { before: 70.12, after: 70.13 }, cpu: 0.42 },
      },
      { kind: 'totals', totals: { captured: 1, received: 6, dropped: 0 }, ticksBefore: 1 },
      { kind: 'end', word: '143' },
    ]);
    expect(words).toBe('tcpdump: listening on any\n');
  });

  it('has totals in three lines at the end of tcpdump, and whole seconds where date knows no more', () => {
    const three = '1 packet captured\n2 packets received by filter\n3 packets dropped by kernel\n';
    expect(read(`${nonce} begin\n${nonce} t 7.%N\n${three}`).items).toEqual([
      { kind: 'tick', time: { nodeTime: { s: 7, ns: 0 } } },
      { kind: 'totals', totals: { captured: 1, received: 2, dropped: 3 }, ticksBefore: 1 },
    ]);
  });

  it('counts a line with a tick in its middle for the tick before', () => {
    const line = totals(4);
    for (let at = 1; at < line.length; at += 1) {
      const text = `${nonce} begin\n${nonce} t 1.0\n${line.slice(0, at)}${nonce} t 2\n${line.slice(at)}`;
      expect(read(text.replace('t 1.0', 't 1')).items).toContainEqual({
        kind: 'totals',
        totals: { captured: 4, received: 6, dropped: 0 },
        ticksBefore: 1,
      });
    }
  });

  it('means the same however it is cut', () => {
    const piece = fc.oneof(
      fc.nat(2 ** 32 - 1).map(totals),
      fc.nat(99).map((s) => `${nonce} t ${s}.000000007 ${s}.00 ${s}.01\n`),
      fc.constantFrom(`${nonce} end refused\n`, nonce, nonce.slice(0, 9), '\n', 'packets captured'),
      fc.string({ maxLength: 30 }).map((text) => Buffer.from(text).toString('latin1')),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(400)), (pieces, cuts) => {
        const text = `${nonce} begin\n${pieces.join('')}`;
        expect(read(text, cuts)).toEqual(read(text));
      }),
      { numRuns: runs(300) },
    );
  });

  it('takes no memory for lines and marks without an end', () => {
    const reader = new CaptureStderr(nonce);
    reader.push(bytes(`${nonce} begin\n`));
    for (let round = 0; round < 2000; round += 1) reader.push(bytes(`${nonce} t ${'x'.repeat(1000)}`));
    reader.push(bytes('\n'));
    expect(reader.words.length).toBeLessThanOrEqual(4096);
  });
});
