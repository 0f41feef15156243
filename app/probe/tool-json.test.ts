import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseToolJson } from './tool-json.ts';

describe('JSON as iproute2 prints it', () => {
  it('takes nothing for no entries', () => {
    expect(parseToolJson('\n')).toEqual({ ok: true, value: [] });
  });

  it('reads names that hold control bytes raw', () => {
    expect(parseToolJson('[{"ifname":"a\u001b[31m"}]\n')).toEqual({
      ok: true,
      value: [{ ifname: 'a\u001b[31m' }],
    });
  });

  it('reads an escaped apostrophe, but not one whose backslash is itself escaped', () => {
    expect(parseToolJson(String.raw`[{"ifname":"it\'s"}]`)).toEqual({
      ok: true,
      value: [{ ifname: "it's" }],
    });
    expect(parseToolJson('[{"ifname":"\\\\\'\u001b"}]')).toEqual({
      ok: true,
      value: [{ ifname: "\\'\u001b" }],
    });
  });

  it('reads a type of route that an older release prints without its key', () => {
    expect(parseToolJson('[{"broadcast","dst":"10.1.0.255","dev":"a{b"},{"dst":"default"}]')).toEqual({
      ok: true,
      value: [{ type: 'broadcast', dst: '10.1.0.255', dev: 'a{b' }, { dst: 'default' }],
    });
  });

  it('gives back any name that iproute2 can print', () => {
    // What json_writer.c escapes, and nothing else; dev_valid_name forbids white space and slashes.
    const printed = (name: string): string => name.replace(/[\\"']/g, (sign) => `\\${sign}`);
    const name = fc.string({
      unit: fc.constantFrom('a', '"', '\\', "'", '\u001b', '\u0001', '€', '$', '\u007f'),
      maxLength: 15,
    });
    fc.assert(
      fc.property(name, (ifname) => {
        expect(parseToolJson(`[{"ifname":"${printed(ifname)}"}]`)).toEqual({ ok: true, value: [{ ifname }] });
      }),
    );
  });
});
