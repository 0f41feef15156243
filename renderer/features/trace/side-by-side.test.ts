import { expect, it } from 'vitest';
import type { TracePath } from '../../../app/trace/model.ts';
import { fakeTrace, type TracePlan } from '../../dev/fake-trace.ts';
import { sideBySide } from './side-by-side.ts';

function pathOf(plan: TracePlan): TracePath | null {
  const answer = fakeTrace(plan);
  return answer.ok ? (answer.paths[0] ?? null) : null;
}

it('before and now part where it stopped: what was the same is not marked', () => {
  const [before, now] = sideBySide(pathOf('dropped'), pathOf('delivered'));
  expect(before.map(({ differs, stops }) => [differs, stops])).toEqual([
    [false, false],
    [false, false],
    [true, true],
  ]);
  expect(before.at(-1)?.what).toContain('blackhole');
  expect(now.map(({ differs }) => differs)).toEqual([false, false, true, true]);
  expect(now.at(-1)?.devices).toBe('eth0 → a socket here');
});

it('one that has no such way stands empty beside the other', () => {
  const [before, now] = sideBySide(null, pathOf('delivered'));
  expect(before).toEqual([]);
  expect(now.every(({ differs }) => differs)).toBe(true);
});
