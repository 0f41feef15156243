import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../app/testing/runs.ts';
import { etcdRows } from './etcd-tree.ts';

const told = (keys: readonly string[], opened: readonly string[] = [], filter = ''): string[] =>
  etcdRows(keys, new Map(opened.map((key) => [key, true])), filter).map(
    ({ label, level, count }) =>
      `${'  '.repeat(level - 1)}${label}${count === null ? '' : ` (${String(count)})`}`,
  );

describe('the tree', () => {
  const calico = [
    '/calico/ipam/v2/host/a/ipv4/block/192.168.0.0-24',
    '/calico/ipam/v2/host/b/ipv4/block/192.168.1.0-24',
    '/calico/resources/default',
    '/registry/pods/default/web',
  ];

  it('has a folder for what keys share, and one row where there is nothing else', () => {
    expect(told(calico)).toEqual([
      '/calico/ (3)',
      '  ipam/v2/host/ (2)',
      '    a/ipv4/block/ (1)',
      '      192.168.0.0-24',
      '    b/ipv4/block/ (1)',
      '      192.168.1.0-24',
      '  resources/ (1)',
      '    default',
      '/registry/pods/default/ (1)',
      '  web',
    ]);
  });

  it('leaves large folders closed until they are opened', () => {
    const many = Array.from({ length: 20 }, (_, n) => `/many/${String(n).padStart(2, '0')}`);
    expect(told(many)).toEqual(['/many/ (20)']);
    expect(told(many, ['/many/'])).toHaveLength(21);
  });

  it('shows what is sought, opened, whatever was closed', () => {
    expect(told(calico, [], 'WEB')).toEqual(['/registry/pods/default/ (1)', '  web']);
    expect(told(calico, [], 'none')).toEqual([]);
  });

  it('a key that is a folder, too, a slash at the end, and none at all', () => {
    expect(told(['/a', '/a/', '/a/b', 'plain'])).toEqual(['/a', '/a/', '/a/ (1)', '  b', 'plain']);
  });

  it('two thousand slashes are one row and its key', () => {
    expect(told(['/'.repeat(2000) + 'x'])).toHaveLength(2);
  });

  it('shows every key once, wherever it lies', () => {
    const part = fc.constantFrom('a', 'b', '', 'c d', '<b>');
    const key = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 12 }), (keys) => {
        const sorted = keys.filter((one) => one !== '').sort((a, b) => (a < b ? -1 : 1));
        const rows = etcdRows(sorted, new Map(), '');
        expect(rows.filter(({ count }) => count === null).map((row) => row.key)).toEqual(sorted);
        for (const { parent, key: own } of rows) expect(own.startsWith(parent ?? '')).toBe(true);
      }),
      { numRuns: runs(300) },
    );
  });
});
