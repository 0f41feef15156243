import { expect, it } from 'vitest';
import { DearReadings } from './dear-readings.ts';

/** How often of the clock's 10 s steps in ten minutes filters of so many bytes are read. */
function readingsOf(bytes: number): number {
  const dear = new DearReadings();
  let readings = 0;
  for (let now = 0; now < 600_000; now += 10_000) {
    if (!dear.due(['firewall', 'settings'], now).includes('firewall')) continue;
    readings += 1;
    dear.note(['firewall', 'settings'], { bytes, insides: 0 }, now);
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
  dear.note(['firewall', 'settings'], { bytes: 2_000_000, insides: 0 }, 0);
  expect(dear.due(['firewall', 'settings'], 10_000)).toEqual(['settings']);
  const whole = new DearReadings();
  whole.note(['links', 'routes', 'firewall'], { bytes: 5_000_000, insides: 0 }, 0);
  expect(whole.due(['firewall'], 10_000)).toEqual(['firewall']);
});

it('one Pod is looked into with every poll, fifty every two minutes, whatever else is read meanwhile', () => {
  const dear = new DearReadings();
  dear.note(['inside'], { bytes: 20_000, insides: 1 }, 0);
  expect(dear.due(['inside', 'routes'], 1)).toEqual(['inside', 'routes']);
  dear.note(['links', 'inside'], { bytes: 900_000, insides: 50 }, 0);
  dear.note(['firewall', 'settings'], { bytes: 200_000, insides: 0 }, 5_000);
  expect(dear.due(['inside', 'routes'], 119_999)).toEqual(['routes']);
  expect(dear.due(['inside', 'routes'], 120_000)).toEqual(['inside', 'routes']);
});
