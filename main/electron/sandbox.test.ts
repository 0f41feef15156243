import { describe, expect, it } from 'vitest';
import { isLabFile, judgeSandbox } from './sandbox.ts';

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

describe('isLabFile', () => {
  it("is true for what lies in the lab's folder, not for what is called like it", () => {
    expect(isLabFile('/run/hopscope-lab/default/client/cluster.yml')).toBe(true);
    for (const file of [
      '/run/hopscope-lab.yml',
      '/run/hopscope-lab-2/prod.yml',
      '/home/run/hopscope-lab/prod.yml',
    ]) {
      expect(isLabFile(file)).toBe(false);
    }
  });
});
