import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { terminalFromPageSchema } from '../../../app/contract/terminal.ts';
import { inputParts } from './input-parts.ts';

describe('a paste', () => {
  it('of any size comes through whole, in messages that main accepts', () => {
    const text = '\u{1F600}x'.repeat(700_000);
    const parts = inputParts(text);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join('') === text).toBe(true);
    for (const part of parts) {
      expect(terminalFromPageSchema.safeParse({ type: 'input', text: part }).success).toBe(true);
      expect(/[\ud800-\udbff]$/.test(part)).toBe(false);
    }
  });

  it('of a few characters is one message', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200 }), (text) => {
        expect(inputParts(text)).toEqual([text]);
      }),
    );
  });
});
