import { expect, it } from 'vitest';
import { keyed } from './row-keys.ts';

it('rows that are the same have keys of their own, which stay theirs when others come', () => {
  const shared = { name: 'tcp', value: '0.0.0.0:80' };
  const other = { name: 'tcp', value: '0.0.0.0:443' };
  const keys = (rows: readonly (typeof shared)[]): string[] => keyed(rows).map(([key]) => key);
  const all = keys([shared, shared, other, shared]);
  expect(new Set(all).size).toBe(4);
  expect(keys([other, shared])).toEqual([all[2], all[0]]);
  expect(keys([{ name: 'a b', value: 'c' }])).not.toEqual(keys([{ name: 'a', value: 'b c' }]));
});
