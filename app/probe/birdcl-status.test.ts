import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../testing/runs.ts';
import { birdClock, birdTime, parseBirdStatus } from './birdcl-status.ts';

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const seconds = (iso: string): number => Date.parse(`${iso}Z`) / 1000;

it.each([
  ['2.0.12', '2026-11-26 08:20:03.855', '2026-11-26 08:19:52.750'],
  ['1.6.8', '2026-11-26 08:20:15', '2026-11-26 08:20:04'],
])('birdcl show status, BIRD %s', (version, serverTime, started) => {
  expect(parseBirdStatus(fixture(`birdcl-${version}-status.txt`))).toEqual({
    version,
    routerId: '10.12.22.151',
    serverTime,
    lastReboot: started,
    lastReconfiguration: started,
  });
});

describe('BIRD’s times by the node’s clock', () => {
  const at = (iso: string) => ({ s: seconds(iso), ns: 0 });
  const clockOf = (serverTime: string, node: string) =>
    birdClock(
      { version: null, routerId: null, lastReboot: null, lastReconfiguration: null, serverTime },
      at(node),
    );
  // A node in Shanghai, asked two minutes after its midnight.
  const shanghai = clockOf('2026-11-26 00:02:00.250', '2026-11-25T16:01:59');

  it('the zone is the quarter of an hour nearest to the difference', () => {
    expect(shanghai?.zone).toBe(8 * 3600);
    expect(clockOf('2026-11-26 05:45:01', '2026-11-26T00:00:00')?.zone).toBe(5.75 * 3600);
    expect(clockOf('2026-11-25 15:00:00', '2026-11-26T00:00:01')?.zone).toBe(-9 * 3600);
  });
  it('a time without a day is today’s, or yesterday’s if it is yet to come', () => {
    expect(birdTime('00:01:58.500', shanghai)).toEqual({
      s: seconds('2026-11-25T16:01:58'),
      ns: 500_000_000,
    });
    expect(birdTime('23:59:59', shanghai)).toEqual(at('2026-11-25T15:59:59'));
    expect(birdTime('2026-11-24 10:00:00', shanghai)).toEqual(at('2026-11-24T02:00:00'));
  });
  it('says nothing where it would be a guess', () => {
    expect(birdTime('2026-11-20', shanghai)).toBeNull();
    expect(birdTime('24-11-2026', shanghai)).toBeNull();
    expect(birdTime('99:00:00', shanghai)).toBeNull();
    expect(birdTime('10:00:00', null)).toBeNull();
    expect(clockOf('2031-01-01 00:00:00', '2026-11-26T00:00:00')).toBeNull();
    expect(clockOf('Thu Nov 26', '2026-11-26T00:00:00')).toBeNull();
  });
  it('any text: no throw, and never a time after BIRD’s own now by more than the slack', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?$/));
    fc.assert(
      fc.property(text, (printed) => {
        parseBirdStatus(printed);
        const time = birdTime(printed, shanghai);
        if (time !== null && !printed.includes('-'))
          expect(time.s).toBeLessThanOrEqual(seconds('2026-11-25T16:02:01'));
      }),
      { numRuns: runs(200) },
    );
  });
});
