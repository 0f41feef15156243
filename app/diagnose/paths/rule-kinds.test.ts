import { expect, it } from 'vitest';
import { asksForInvalid } from './rule-kinds.ts';

it.each([
  ['-m conntrack --ctstate INVALID -j DROP', true],
  ['-m conntrack --ctstate NEW,INVALID -j DROP', false],
  ['ct state { new, invalid } drop', false],
  ['ct state invalid, new drop', false],
  ['ct state invalid | new drop', false],
  ['ct state invalid, untracked drop', true],
  ['-m state --state INVALID -j DROP', true],
  ['ct state invalid drop', true],
  ['ct state vmap { established : accept, invalid : drop }', true],
  ['ct state vmap { established : accept, invalid : drop, new : drop }', false],
  ['ct state vmap { established : accept, new : jump inbound, invalid : drop }', true],
  ['ct state vmap { untracked : drop, invalid : drop }', true],
  ['ct state { invalid, untracked } drop', true],
  ['ct state != invalid drop', false],
  ['-m comment --comment "was: --ctstate INVALID" -j DROP', false],
  ['-m conntrack ! --ctstate INVALID -j DROP', false],
  ['-m comment --comment "drop invalid hosts" -j DROP', false],
  ['-m conntrack --ctstate NEW -m comment --comment "not invalid" -j DROP', false],
])('%s', (text, asks) => {
  expect(asksForInvalid(text)).toBe(asks);
});

it('bounds its work on any text', () => {
  const began = process.cpuUsage();
  for (const part of ['ct state ', '--ctstate A,', '"', '"\\', 'ct state vmap { '])
    expect(asksForInvalid(part.repeat(50_000))).toBe(false);
  expect(process.cpuUsage(began).user).toBeLessThan(2_000_000);
});
