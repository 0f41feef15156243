import { describe, expect, it } from 'vitest';
import { PagePulse } from './page-pulse.ts';

const ticks = (pulse: PagePulse, many: number): string[] => Array.from({ length: many }, () => pulse.tick());

describe('PagePulse', () => {
  it('asks once after two silent seconds, and gives up once, ten later', () => {
    const said = ticks(new PagePulse(), 30);
    expect(
      said.map((word, at) => `${word} ${String(at + 1)}`).filter((word) => !word.startsWith('wait')),
    ).toEqual(['ask 2', 'lost 12']);
  });

  it('asks nothing of a page that is heard, and begins anew when it answers', () => {
    const pulse = new PagePulse();
    for (let second = 0; second < 30; second++) {
      pulse.heard();
      expect(pulse.tick()).toBe('wait');
    }
    expect(ticks(pulse, 10)).not.toContain('lost');
    pulse.heard();
    expect(ticks(pulse, 11)).not.toContain('lost');
    expect(pulse.tick()).toBe('lost');
  });
});
