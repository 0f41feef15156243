// What is said of a packet, by where it was seen last, who looked behind there, and what is known of them.
import { describe, expect, it } from 'vitest';
import { Coverage } from './coverage.ts';
import type { Refusal, Way } from './model.ts';
import { judge, type SeenPacket } from './verdict.ts';
import { Visits } from './visits.ts';

const visits = new Visits();
const on = [1, 2, 3].map((place) => visits.of(place, 2, 'in'));
const [first = 0, second = 0, third = 0] = on;
const ends = { source: '10.0.0.1', destination: '10.0.0.2' };
const way = (end: Way['end'] = 'delivered'): Way => ({
  visits: on.map((visit) => ({ visit, ends, carried: false })),
  ...{ end, takes: end === 'stops' ? { 2: 'a rule drops it' } : {} },
});
const refusal: Refusal = { visit: third, kind: 'reset', family: 4, type: 0, code: 0, number: 9 };

/** Captures at the first place and at those; each has been watched until then. */
function coverage(
  captures: Readonly<
    Record<number, { until: number; lostAt?: number; addresses?: null; peers?: readonly string[] }>
  >,
): Coverage {
  const made = new Coverage();
  for (const [place, { until, lostAt, addresses, peers }] of Object.entries(captures)) {
    const id = Number(place);
    made.begin(id, {
      ...{ place: id, ifindex: null, outside: [], seesCarried: true },
      peers: peers === undefined ? null : new Set(peers),
      addresses: addresses === null ? null : new Set([ends.source]),
    });
    made.tick(id, 0, 0);
    if (lostAt !== undefined) {
      made.tick(id, lostAt - 1, 0);
      made.tick(id, lostAt, 1);
    }
    made.tick(id, until, lostAt === undefined ? 0 : 1);
  }
  return made;
}

const all = { 1: { until: 100 }, 2: { until: 100 }, 3: { until: 100 } };

function verdict(seen: Partial<SeenPacket>, captures: Parameters<typeof coverage>[0] = all): string {
  const packet = {
    received: false,
    final: true,
    after: { from: 10, to: 50 },
    way: way(),
    refusal: null,
    ambiguous: null,
    elsewhere: null,
  };
  const { verdict: told, stop } = judge({ visits: [first], ...packet, ...seen }, visits, coverage(captures));
  return stop === null ? told : `${told} ${String(stop.after)}-${String(stop.before)}`;
}

describe('a packet', () => {
  it('is delivered when its last visit has seen it, in whatever order', () => {
    expect(verdict({ visits: on })).toBe('delivered');
    expect(verdict({ visits: [third, first] })).toBe('delivered');
    expect(verdict({ visits: on, elsewhere: 'x' })).toBe('delivered');
  });

  it('is dropped only where somebody looked, lost nothing, and has passed its time', () => {
    expect(verdict({})).toBe(`dropped ${String(first)}-${String(second)}`);
    expect(verdict({ visits: [first, second] })).toBe(`dropped ${String(second)}-${String(third)}`);
    expect(verdict({}, { 1: { until: 100 }, 3: { until: 100 } })).toBe(
      `dropped ${String(first)}-${String(third)}`,
    );
    expect(verdict({}, { ...all, 3: { until: 49 } })).toBe('inFlight');
    expect(verdict({}, { ...all, 2: { until: 100, lostAt: 30 } })).toBe('notCaptured');
    expect(verdict({}, { ...all, 2: { until: 100, lostAt: 60 } })).toBe(
      `dropped ${String(first)}-${String(second)}`,
    );
    expect(verdict({}, { 1: { until: 100 } })).toBe('notCaptured');
    expect(verdict({}, { 1: { until: 100 }, 2: { until: 100, addresses: null } })).toBe('notCaptured');
    // What of a few only is captured there is no more missed of others than where nobody looks.
    const few = (peer: string) => ({
      ...all,
      2: { until: 100, peers: [peer] },
      3: { until: 100, peers: [peer] },
    });
    expect(verdict({}, few('10.0.0.9'))).toBe('notCaptured');
    expect(verdict({}, few(ends.destination))).toBe(`dropped ${String(first)}-${String(second)}`);
  });

  it('is dropped behind the last visit only of a way that stops there', () => {
    expect(verdict({ visits: on, way: way('stops') })).toBe(`dropped ${String(third)}-null`);
    expect(verdict({ visits: on, way: way('leaves') })).toBe('notCaptured');
    expect(verdict({ visits: on, way: way('unknown') })).toBe('notCaptured');
    expect(verdict({ way: null })).toBe('notCaptured');
    expect(verdict({ visits: [first, visits.of(9, 9, 'in')] })).toBe('notCaptured');
  });

  it('is rejected by what is about it, even if it arrived; by what may be about others only if it did not', () => {
    const sure = { refusal, isSure: true };
    expect(verdict({ visits: on, refusal: sure })).toBe('rejected');
    expect(verdict({ visits: on, refusal: { refusal, isSure: false } })).toBe('delivered');
    expect(verdict({ refusal: { refusal, isSure: false } })).toBe('rejected');
    expect(verdict({ refusal: sure, elsewhere: 'x' })).toBe('ambiguous');
    expect(verdict({ refusal: sure, ambiguous: 'x' })).toBe('ambiguous');
    expect(verdict({ elsewhere: 'x' })).toBe('ambiguous');
  });
});
