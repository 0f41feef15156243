import { describe, expect, it } from 'vitest';
import { TcpFlag } from '../columns/tcp.ts';
import { EndPair, StreamNumbers, type PairDirection } from './stream-numbers.ts';

const { syn, ack, fin, rst } = TcpFlag;

function take(
  pair: EndPair,
  direction: PairDirection,
  sequence: number,
  acknowledgement: number,
  flags: number,
  counts = true,
): boolean {
  return pair.take(direction, { sequence, acknowledgement, flags, counts });
}

function connected(sequence = 100, answer = 500): EndPair {
  const pair = new EndPair();
  take(pair, 0, sequence, 0, syn);
  take(pair, 1, answer, sequence + 1, syn | ack);
  take(pair, 0, sequence + 1, answer + 1, ack);
  return pair;
}

describe('two ends', () => {
  it('begin another stream with a SYN of another sequence number only', () => {
    const pair = connected();
    expect(take(pair, 0, 100, 0, syn)).toBe(false);
    expect(take(pair, 0, 101, 501, fin | ack)).toBe(false);
    expect(take(pair, 0, 100, 0, syn)).toBe(false);
    expect(take(pair, 1, 501, 102, rst | ack)).toBe(false);
    expect(take(pair, 1, 9_500, 101, syn | ack)).toBe(false);
    expect(take(pair, 0, 9_000, 0, syn)).toBe(true);
    expect(take(pair, 0, 101, 501, ack)).toBe(false);
    expect(take(pair, 1, 500, 0, syn)).toBe(false);
    expect(take(pair, 1, 777, 0, syn)).toBe(true);
  });

  it('begin another one after what was seen from the middle on', () => {
    const pair = new EndPair();
    expect(take(pair, 1, 501, 101, ack)).toBe(true);
    expect(take(pair, 0, 100, 0, syn)).toBe(false);
    expect(take(pair, 0, 9_000, 0, syn)).toBe(true);
  });

  it('count from the SYN, from what was first seen, or from what was acknowledged', () => {
    const pair = connected();
    expect(pair.relative(0, 106)).toBe(6);
    expect(pair.relative(1, 99)).toBe(0xffff_ffff - 400);
    const middle = new EndPair();
    take(middle, 0, 101, 501, ack);
    expect([middle.relative(0, 101), middle.relative(1, 501)]).toEqual([1, 1]);
    const wrapping = new EndPair();
    take(wrapping, 0, 0, 0, ack);
    expect([wrapping.relative(0, 0), wrapping.relative(1, 0)]).toEqual([1, 1]);
  });

  it('count anew from another answer to the SYN', () => {
    const pair = connected();
    take(pair, 1, 9_500, 101, syn | ack);
    expect([pair.relative(1, 9_501), pair.relative(0, 101)]).toEqual([1, 1]);
  });

  it('learn of a stream from a header that an ICMP error quotes, but not where it begins', () => {
    const pair = new EndPair();
    expect(take(pair, 0, 9_000, 0, syn, false)).toBe(true);
    expect(take(pair, 0, 100, 0, syn)).toBe(false);
    expect(take(pair, 0, 9_000, 0, syn, false)).toBe(true);
    expect(take(pair, 0, 9_000, 0, syn)).toBe(false);
  });
});

it('streams are numbered as they begin', () => {
  const numbers = new StreamNumbers();
  const first = { sequence: 1, acknowledgement: 0, flags: syn, counts: true };
  const number = (key: string, header = first): number => numbers.take(key, 0, header)?.number ?? -1;
  const other = { ...first, sequence: 2 };
  expect([number('a'), number('b'), number('a'), number('a', other), number('b')]).toEqual([0, 1, 0, 2, 1]);
  expect(numbers.count).toBe(3);
});

it('streams of ends that there is no room for have no number', () => {
  const numbers = new StreamNumbers(1);
  const first = { sequence: 1, acknowledgement: 0, flags: syn, counts: true };
  const number = (key: string, header = first): number | undefined => numbers.take(key, 0, header)?.number;
  expect([number('a'), number('b'), number('a', { ...first, sequence: 2 })]).toEqual([0, undefined, 1]);
});
