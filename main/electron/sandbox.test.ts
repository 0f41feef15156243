import { describe, expect, it } from 'vitest';
import { judgeSandbox } from './sandbox.ts';

describe('judgeSandbox', () => {
  it('runs plainly with the sandbox on, whatever else was said', () => {
    for (const accepted of [true, false]) {
      for (const packaged of [true, false]) {
        expect(judgeSandbox({ off: false, accepted, packaged })).toEqual({ kind: 'on' });
      }
    }
  });

  it('without it runs only unpackaged and accepted, with a banner; else it refuses and names the mend', () => {
    expect(judgeSandbox({ off: true, accepted: true, packaged: false }).kind).toBe('banner');
    for (const how of [
      { accepted: false, packaged: false },
      { accepted: true, packaged: true },
      { accepted: false, packaged: true },
    ]) {
      const state = judgeSandbox({ off: true, ...how });
      expect(state.kind === 'refused' ? state.sentence : '').toMatch(/ordinary user.*without --no-sandbox/);
    }
  });
});
