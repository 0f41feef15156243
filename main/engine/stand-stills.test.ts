import { describe, expect, it } from 'vitest';
import { clockTime } from './clock-time.ts';
import { StandStills } from './stand-stills.ts';

/** ms since the epoch. */
const START = 1_700_000_000_000;

function started() {
  let at = 0;
  const stills = new StandStills(() => at / 1_000);
  return {
    stills,
    /** @param clockMs by how much our clock was set meanwhile */
    pass: (ms: number, clockMs = 0) => {
      at += ms;
      stills.look(START + at + clockMs);
    },
  };
}

describe('a program that stood still', () => {
  it('knows it of what ended meanwhile, and of nothing else', () => {
    const { stills, pass } = started();
    for (let second = 0; second < 10; second++) pass(1_000);
    pass(30_000);
    pass(1_000);
    const reason = `Hopscope stood still from ${clockTime(START + 10_000)} to ${clockTime(START + 40_000)} (its machine slept, or somebody stopped it), and nodes end their captures then; they were begun anew.`;
    expect(stills.reason({ from: START + 20_000, to: START + 41_500 })).toBe(reason);
    expect(stills.reason({ from: START + 5_000, to: START + 11_000 })).toBe(reason);
    expect(stills.reason({ from: START + 40_500, to: START + 42_000 })).toBeNull();
    expect(stills.reason({ from: START, to: START + 9_000 })).toBeNull();
  });

  it('takes a busy machine, and a clock that was set, for none', () => {
    const { stills, pass } = started();
    pass(4_000);
    pass(1_000, 3_600_000);
    expect(stills.reason({ from: 0, to: Infinity })).toBeNull();
  });

  it('remembers the last ones', () => {
    const { stills, pass } = started();
    for (let sleep = 0; sleep < 12; sleep++) {
      pass(20_000);
      pass(1_000);
    }
    expect(stills.reason({ from: START, to: START + 20_500 })).toBeNull();
    expect(stills.reason({ from: START + 250_000, to: START + 251_500 })).not.toBeNull();
  });
});
