import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { textOfFile } from './text-of-file.ts';

const text = '在节点上\nroot@w1:~# ip route\ndefault via 10.12.0.1 dev ens192\n';
const wide = (one: string, littleEndian: boolean): Uint8Array => {
  const bytes = new Uint8Array(2 * one.length);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < one.length; at += 1) view.setUint16(2 * at, one.charCodeAt(at), littleEndian);
  return bytes;
};

describe('a file’s text', () => {
  it.each([
    ['UTF-8', new TextEncoder().encode(text)],
    ['UTF-8 with its mark', new TextEncoder().encode(`\ufeff${text}`)],
    ['UTF-16, little endian', wide(`\ufeff${text}`, true)],
    ['UTF-16, big endian', wide(`\ufeff${text}`, false)],
    ['UTF-16 without a mark', wide(text, true)],
    ['UTF-16, big endian, without a mark', wide(text, false)],
    // iconv -t GB18030
    [
      'GB 18030',
      Uint8Array.from([
        0xd4,
        0xda,
        0xbd,
        0xda,
        0xb5,
        0xe3,
        0xc9,
        0xcf,
        ...new TextEncoder().encode(text.slice(4)),
      ]),
    ],
  ])('in %s', (_, bytes) => {
    expect(textOfFile(bytes)).toBe(text);
  });

  it('in code page 1252, which GB 18030 does not take for its own', () => {
    // “gültig für immer” as ifconfig of an old Windows editor has it: no pair that GB 18030 knows.
    expect(textOfFile(Uint8Array.from([0x66, 0xfc, 0x72, 0x20, 0xff]))).toBe('für ÿ');
  });

  it('is none of a picture’s', () => {
    expect(textOfFile(Uint8Array.from([137, 80, 78, 71, 0, 1, 0, 0, 7]))).toBeNull();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = textOfFile(bytes);
        expect(read === null || typeof read === 'string').toBe(true);
      }),
      { numRuns: runs(200) },
    );
  });
});
