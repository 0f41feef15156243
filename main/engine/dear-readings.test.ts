import { expect, it } from 'vitest';
import { DearReadings } from './dear-readings.ts';

/** How often of the clock's 10 s steps in ten minutes filters of so many bytes are read. */
function readingsOf(bytes: number): number {
  const dear = new DearReadings();
  let readings = 0;
  for (let now = 0; now < 600_000; now += 10_000) {
    if (!dear.due(['firewall', 'settings'], now).includes('firewall')) continue;
    readings += 1;
    dear.note(['firewall', 'settings'], bytes, now);
  }
  return readings;
}

it('small filters are read with every poll, large ones as seldom as they are large, none less than once a minute', () => {
  expect(readingsOf(220_000)).toBe(60);
  expect(readingsOf(2_000_000)).toBe(15);
  expect(readingsOf(60_000_000)).toBe(10);
});

it('what else is polled goes on, and what a reading of everything weighs says nothing of its filters', () => {
  const dear = new DearReadings();
  dear.note(['firewall', 'settings'], 2_000_000, 0);
  expect(dear.due(['firewall', 'settings'], 10_000)).toEqual(['settings']);
  const whole = new DearReadings();
  whole.note(['links', 'routes', 'firewall'], 5_000_000, 0);
  expect(whole.due(['firewall'], 10_000)).toEqual(['firewall']);
});
