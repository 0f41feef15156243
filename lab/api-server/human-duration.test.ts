import { expect, it } from 'vitest';
import { ageOf, humanDuration } from './human-duration.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;

// The cases of k8s.io/apimachinery pkg/util/duration/duration_test.go.
it.each([
  [0, '0s'],
  [-0.5, '0s'],
  [-2, '<invalid>'],
  [1, '1s'],
  [70, '70s'],
  [2 * MINUTE - 1, '119s'],
  [2 * MINUTE, '2m'],
  [3 * MINUTE + 5, '3m5s'],
  [10 * MINUTE - 1, '9m59s'],
  [10 * MINUTE, '10m'],
  [3 * HOUR - 1, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 57 * MINUTE, '3h57m'],
  [8 * HOUR - 1, '7h59m'],
  [8 * HOUR, '8h'],
  [47 * HOUR + 59 * MINUTE, '47h'],
  [2 * DAY, '2d'],
  [2 * DAY + 23 * HOUR, '2d23h'],
  [8 * DAY - 1, '7d23h'],
  [8 * DAY, '8d'],
  [2 * 365 * DAY - 1, '729d'],
  [2 * 365 * DAY, '2y'],
  [2 * 365 * DAY + DAY, '2y1d'],
  [8 * 365 * DAY, '8y'],
])('%d seconds are %s', (seconds, text) => {
  expect(humanDuration(seconds)).toBe(text);
});

it('has no age without a time', () => {
  expect(ageOf('', new Date(0))).toBe('<unknown>');
  expect(ageOf('1970-01-01T00:00:00Z', new Date(90_000))).toBe('90s');
});
