import { describe, expect, it } from 'vitest';
import { ageText, bytesText, middleEllipsis, nodeClockText, shortAddress } from './text.ts';

describe('ageText', () => {
  it.each([
    [-5, '0 s'],
    [12_400, '12 s'],
    [59_999, '59 s'],
    [60_000, '1 m 00 s'],
    [245_000, '4 m 05 s'],
    [14_220_000, '3 h 57 m'],
    [187_200_000, '2 d 4 h'],
  ])('%d ms is %s', (ms, said) => {
    expect(ageText(ms)).toBe(said);
  });
});

describe('middleEllipsis', () => {
  it('keeps what fits', () => {
    expect(middleEllipsis('coredns', 7)).toBe('coredns');
  });
  it('keeps both ends, never longer than asked', () => {
    expect(middleEllipsis('c2c-network-demo-w2-7d9f8b6c5-abcde', 20)).toBe('c2c-networ…6c5-abcde');
    for (const length of [1, 2, 3, 10]) expect(middleEllipsis('a'.repeat(40), length)).toHaveLength(length);
  });
});

describe('shortAddress', () => {
  it('keeps what tells Pods of a cluster apart', () => {
    expect(shortAddress('192.168.1.2')).toBe('.1.2');
    expect(shortAddress('fd00:10:244::1f')).toBe('…:1f');
    expect(shortAddress('')).toBe('');
  });
});

it('says node time in UTC, whatever the machine’s zone', () => {
  expect(nodeClockText({ s: 1_764_000_005, ns: 999_999_999 })).toBe('16:00:05');
});

it('says sizes', () => {
  expect([bytesText(12), bytesText(4_300), bytesText(3_145_728)]).toEqual(['12 B', '4.2 KiB', '3.0 MiB']);
});
