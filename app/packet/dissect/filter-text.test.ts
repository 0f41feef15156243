import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { field } from './field.ts';
import { fieldFilter, quotedText } from './filter-text.ts';

const anySign = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));

describe('a field as a filter', () => {
  it('says numbers, addresses and flags as Wireshark does', () => {
    expect(fieldFilter(field('ip.ttl', '', 'uint'), 64)).toBe('ip.ttl == 64');
    expect(fieldFilter(field('eth.type', '', 'uint', { hexDigits: 4 }), 0x800)).toBe('eth.type == 0x0800');
    expect(fieldFilter(field('tcp.flags.syn', '', 'boolean'), 1)).toBe('tcp.flags.syn == 1');
    expect(fieldFilter(field('ip.src', '', 'ipv4'), Uint8Array.of(192, 168, 2, 3))).toBe(
      'ip.src == 192.168.2.3',
    );
    expect(fieldFilter(field('eth.src', '', 'mac'), Uint8Array.of(2, 0, 0, 0, 0, 1))).toBe(
      'eth.src == 02:00:00:00:00:01',
    );
    expect(fieldFilter(field('data.data', '', 'bytes'), Uint8Array.of(1, 255))).toBe('data.data == 01:ff');
  });

  it('says that something is there where it has no value, and nothing where it cannot be said', () => {
    expect(fieldFilter(field('ip', '', 'protocol'), null)).toBe('ip');
    expect(fieldFilter(field('data.data', '', 'bytes'), new Uint8Array(65))).toBeNull();
    expect(fieldFilter(field('http.host', '', 'text'), 'a\uFFFD')).toBeNull();
    expect(fieldFilter(field('http.host', '', 'text'), 'a'.repeat(201))).toBeNull();
  });

  it('quotes hostile text so that it stays text', () => {
    expect(fieldFilter(field('http.host', '', 'text'), 'x" || tcp || "')).toBe(
      'http.host == "x\\" || tcp || \\""',
    );
    expect(quotedText('a\\b\n\u202e')).toBe('"a\\\\b\\x0a\\xe2\\x80\\xae"');
    fc.assert(
      fc.property(fc.string({ unit: anySign }), (text) => {
        const quoted = quotedText(text);
        // One string: no quote within but an escaped one, nothing that steers a terminal or turns text around.
        expect(quoted).toMatch(/^"(?:[^"\\]|\\["\\]|\\x[0-9a-f]{2})*"$/u);
        expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: runs(300) },
    );
  });
});
