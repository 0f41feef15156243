// Trace equals the kernel: in each generated state, for TCP, UDP and ICMP, the verdict that is predicted, every device that sees the
// packet, and what the kernel counts and tells are what a real packet showed.
import { describe, expect, it } from 'vitest';
import { drawn } from '../testing/runs.ts';
import { randomState, type RandomState } from './testing/random-topology.ts';
import { comparePacket, type Compared } from './testing/real-comparison.ts';
import { runStates } from './testing/real-topology.ts';

const STATES = 1000;
const ALL = Array.from({ length: STATES }, (_, at) => at + 1);
/** Each costs 0.3 s. */
const SEEDS = drawn(ALL, 8);
const AT_ONCE = 20;

/** Of all states: else it is not reasons to stop that are tried. */
const DELIVERED = { least: 0.3, most: 0.7 };
const REASONS = { least: 10, cases: 20 };

describe('a packet through a random topology', () => {
  it(
    `goes the way that is predicted, in ${SEEDS.length} states`,
    { timeout: 60_000 + SEEDS.length * 6000 },
    () => {
      const compared: Compared[] = [];
      const mismatches: string[] = [];
      for (let from = 0; from < SEEDS.length; from += AT_ONCE) {
        for (const truth of runStates(SEEDS.slice(from, from + AT_ONCE).map(randomState))) {
          const packets = truth.packets.map((packet) => comparePacket(truth, packet));
          compared.push(...packets);
          const wrong = packets.filter(({ problems }) => problems.length > 0);
          if (wrong.length > 0) mismatches.push(mismatchText(truth.state, wrong, mismatches.length === 0));
        }
      }
      expect(mismatches.join('\n'), `${mismatches.length} of ${SEEDS.length} states differ`).toBe('');
      if (SEEDS.length === STATES) expectAllKinds(compared);
    },
  );
});

/** @param whole with what makes the state. */
function mismatchText(state: RandomState, wrong: readonly Compared[], whole: boolean): string {
  const { seed, layout, family, faults, links, spaces } = state;
  return [
    `seed ${seed}: ${layout}, IPv${family}; ${faults.join('; ')}`,
    ...wrong.flatMap(({ packet, problems, paths, truth }) => [
      `  protocol ${packet.proto} from ${packet.space} to ${packet.dst}: ${problems.join(', ')}`,
      ...paths.map((path) => `    predicted ${path}`),
      `    was ${truth}`,
    ]),
    ...(whole ? [links, ...spaces.map(({ name, script }) => `${name}:\n${script}`)] : []),
  ].join('\n');
}

function expectAllKinds(compared: readonly Compared[]): void {
  const delivered = compared.filter((one) => one.delivered).length / compared.length;
  const reasons = new Map<string, number>();
  for (const { predicted } of compared) reasons.set(predicted, (reasons.get(predicted) ?? 0) + 1);
  reasons.delete('delivered');
  console.log(`${Math.round(delivered * 100)} % delivered`, Object.fromEntries(reasons));
  expect(delivered).toBeGreaterThanOrEqual(DELIVERED.least);
  expect(delivered).toBeLessThanOrEqual(DELIVERED.most);
  expect([...reasons.values()].filter((n) => n >= REASONS.cases).length).toBeGreaterThanOrEqual(
    REASONS.least,
  );
}
