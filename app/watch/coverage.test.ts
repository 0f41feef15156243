import { expect, it } from 'vitest';
import { Coverage, type Covered } from './coverage.ts';

const S = 1e9;
const ADDRESS = '10.0.0.1';

it('what was lost long ago stays lost, whatever is forgotten of when exactly', () => {
  const coverage = new Coverage();
  const addresses = new Set([ADDRESS]);
  coverage.begin(1, { place: 1, ifindex: null, addresses, peers: null, outside: [], seesCarried: true });
  // Some are lost in the third second, the sixth and the twentieth.
  const lost = [3, 6, 20];
  for (let s = 0; s <= 30; s += 1) coverage.tick(1, s * S, lost.filter((at) => at <= s).length);
  const at = (s: number): Covered =>
    coverage.covered(
      { place: 1, ifindex: 2 },
      { ends: { source: ADDRESS, destination: '10.0.0.2' }, carried: false },
      { from: s * S, to: s * S },
    );
  expect([2.5, 5.5, 10, 19.5, 25].map(at)).toEqual(['lost', 'lost', 'yes', 'lost', 'yes']);
  coverage.forgetBefore(15 * S);
  expect([2.5, 5.5, 10, 19.5, 25].map(at)).toEqual(['lost', 'lost', 'yes', 'lost', 'yes']);
  coverage.forgetBefore(30 * S);
  // What lies between is no better known than they are.
  expect([2.5, 5.5, 10, 19.5, 25].map(at)).toEqual(['lost', 'lost', 'lost', 'lost', 'yes']);
});

it('what a capture lost may be younger than the second that it was counted with, and what was left out than two', () => {
  const coverage = new Coverage();
  const addresses = new Set([ADDRESS]);
  coverage.begin(1, { place: 1, ifindex: null, addresses, peers: null, outside: [], seesCarried: true });
  const at = (s: number): Covered =>
    coverage.covered(
      { place: 1, ifindex: 2 },
      { ends: { source: ADDRESS, destination: '10.0.0.2' }, carried: false },
      { from: s * S, to: s * S },
    );
  // Some were lost when tcpdump was asked after the fifth second, some perhaps a moment later.
  for (let s = 0; s <= 9; s += 1) coverage.tick(1, s * S, s < 5 ? 0 : 7);
  expect([3.5, 4.5, 5.5, 6.5].map(at)).toEqual(['yes', 'lost', 'lost', 'yes']);
  coverage.missed();
  for (let s = 10; s <= 15; s += 1) coverage.tick(1, s * S, 7);
  expect([8.5, 9.5, 10.5, 11.5].map(at)).toEqual(['yes', 'lost', 'lost', 'yes']);
});

it('a packet may have passed unseen where whoever looks there lost some all that time, or had not begun', () => {
  const coverage = new Coverage();
  const common = { place: 1, addresses: new Set([ADDRESS]), peers: null, outside: [], seesCarried: true };
  coverage.begin(1, { ...common, ifindex: null });
  const isBlind = (from: number, to: number, source = ADDRESS): boolean =>
    coverage.isBlind(
      { place: 1, ifindex: 2 },
      { ends: { source, destination: '10.0.0.2' }, carried: false },
      { from: from * S, to: to * S },
    );
  expect(isBlind(0, 1)).toBe(true);
  // Some are lost in the fifth second, or soon after.
  for (let s = 2; s <= 9; s += 1) coverage.tick(1, s * S, s < 5 ? 0 : 7);
  const asked: readonly (readonly [from: number, to: number, blind: boolean])[] = [
    [0.5, 1.5, true],
    [1.5, 2.5, false],
    [3, 3.5, false],
    [4.2, 5.8, true],
    [3.5, 4.5, false],
    [5.5, 6.5, false],
    // It may still come.
    [8.5, 9.5, false],
    [10, 11, false],
  ];
  const expected = asked.map(([, , blind]) => blind);
  expect(asked.map(([from, to]) => isBlind(from, to))).toEqual(expected);
  coverage.end(1);
  expect(asked.map(([from, to]) => isBlind(from, to))).toEqual(expected);
  expect(isBlind(4.2, 5.8, '10.0.0.3')).toBe(false);
  // Another capture there lost nothing then.
  coverage.begin(2, { ...common, ifindex: 2 });
  for (const s of [3, 20]) coverage.tick(2, s * S, 0);
  expect(isBlind(4.2, 5.8)).toBe(false);
});
