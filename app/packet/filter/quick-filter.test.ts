import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { parseQuickFilter } from './quick-filter.ts';

const end = (bytes: readonly number[] | null, prefixLength: number, port: number | null) => ({
  kind: 'end',
  network: bytes === null ? null : { bytes, prefixLength },
  port,
});
const v6 = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3];

describe('a quick filter', () => {
  it.each([
    ['', []],
    ['192.168.2.3', [end([192, 168, 2, 3], 32, null)]],
    ['192.168.2.0/24', [end([192, 168, 2, 0], 24, null)]],
    ['8080', [end(null, 0, 8080)]],
    [':8080', [end(null, 0, 8080)]],
    ['192.168.2.3:8080', [end([192, 168, 2, 3], 32, 8080)]],
    ['fd00::3', [end(v6, 128, null)]],
    ['fd00::3/64', [end(v6, 64, null)]],
    ['[fd00::3]:8080', [end(v6, 128, 8080)]],
    ['[fd00::3]', [end(v6, 128, null)]],
    [' 10.0.0.1,  :80 ', [end([10, 0, 0, 1], 32, null), end(null, 0, 80)]],
    ['TCP', [{ kind: 'protocol', protocols: [6] }]],
    ['arp', [{ kind: 'arp' }]],
  ])('“%s”', (text, terms) => {
    expect(parseQuickFilter(text)).toEqual({ ok: true, value: { terms } });
  });

  it.each([
    '192.168.2',
    '192.168.2.3/33',
    '1.2.3.4:99999',
    '65536',
    'fd00::g',
    'fe80::1%eth0',
    'http',
    'constructor',
    '__proto__',
    '1.2.3.4/24/3',
    '[::1',
    ':',
  ])('“%s” is refused in a sentence', (text) => {
    const parsed = parseQuickFilter(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.failure).toMatch(/^“.*” is no .*\.$/u);
  });

  it('has a bound', () => {
    expect(parseQuickFilter('80 '.repeat(16)).ok).toBe(true);
    expect(parseQuickFilter('80 '.repeat(17))).toEqual({
      ok: false,
      failure: 'A filter has at most 16 parts.',
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f.:/[\] ]{0,40}$/u)), (text) => {
        expect(typeof parseQuickFilter(text).ok).toBe('boolean');
      }),
      { numRuns: runs(500) },
    );
  });
});
