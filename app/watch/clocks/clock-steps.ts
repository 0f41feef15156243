// Who set a clock. Of two clocks that are suddenly further apart either may have been: a third one, that stays with one of them or leaves it
// by as much, shows which, and so does a node's own uptime, which nobody sets.
import { hull, reversed, type Bounds } from './bounds.ts';
import { UPTIME, type ClockNetwork } from './clock-network.ts';
import type { ClockPair } from './clock-pair.ts';
import type { Break } from './eras.ts';

/** So many times shorter is no chance. */
const SURELY = 10;

export interface ClockStep {
  /** Whose clock was set; null: that of one of both `nodes`, nobody shows which. */
  readonly node: number | null;
  readonly nodes: readonly [number, number];
  /** ns that `node` is further ahead since; where it is not known, the second of `nodes` to the first. Negative: further behind. */
  readonly by: Bounds;
  /** Whose time `from` and `to` are. */
  readonly clock: number;
  /** ns, between which it happened. */
  readonly from: number;
  readonly to: number;
}

/** What the clocks of a network did, a step once. */
export function clockSteps(network: ClockNetwork): readonly ClockStep[] {
  const seen = network.pairs.flatMap((pair) =>
    pair.nodes.flatMap((clock) => falls(pair, clock).map((one) => stepOf(network, pair, clock, one))),
  );
  const own = [...network.own].flatMap(([node, pair]) =>
    pair.nodes.flatMap((clock) => falls(pair, clock).map((one) => ownStep(node, pair, clock, one))),
  );
  const steps = [...seen, ...own];
  // Seen by several: by whom it is seen best.
  const told: ClockStep[] = [];
  for (const step of [...steps].sort((a, b) => widthOf(a.by) - widthOf(b.by) || a.clock - b.clock))
    if (step.node === null || !told.some((other) => isSame(network, step, other))) told.push(step);
  return told.sort((a, b) => a.from - b.from || a.nodes[0] - b.nodes[0] || a.nodes[1] - b.nodes[1]);
}

/**
 * Each step is seen from both clocks. Where the other one fell behind, times are exact: this one was not set back. But what was remembered
 * of a clock that was set back by very much stands behind all that came since, as if it had been set forward: from the other clock, the
 * opposite is seen then, within a shorter time.
 */
function falls(pair: ClockPair, clock: number): readonly Break[] {
  const there = pair.breaks(pair.other(clock));
  return pair.breaks(clock).filter(({ by, from, to }) => {
    if (by.atMost >= 0) return false;
    if (there.some((one) => overlap(one.by, reversed(by)))) return true;
    return there.every((one) => !overlap(one.by, by) || one.to - one.from > SURELY * (to - from));
  });
}

function ownStep(node: number, pair: ClockPair, clock: number, one: Break): ClockStep {
  const isOwnTime = clock === node;
  const { from, to } = isOwnTime ? one : otherTimes(pair, clock, one);
  return { node, nodes: [node, node], clock: node, from, to, by: isOwnTime ? reversed(one.by) : one.by };
}

/** When it was, by the other clock. */
function otherTimes(pair: ClockPair, clock: number, { from, to }: Break): Pick<Break, 'from' | 'to'> {
  const around = hull(pair.boundsAt(clock, from), pair.boundsAt(clock, to));
  return { from: from + around.atLeast, to: to + around.atMost };
}

function stepOf(network: ClockNetwork, pair: ClockPair, clock: number, { from, to, by }: Break): ClockStep {
  const other = pair.other(clock);
  const told = { nodes: pair.nodes, clock, from, to };
  const there = { ...otherTimes(pair, clock, { from, to, by }), by: reversed(by) };
  const says = new Set<number>();
  for (const third of [UPTIME, ...network.nodes]) {
    if (third === clock || third === other) continue;
    const beside = (node: number): ClockPair | null =>
      third === UPTIME ? (network.own.get(node) ?? null) : network.pair(node, third);
    const ofClock = behaviour(beside(clock), clock, { from, to, by });
    if (ofClock !== null) says.add(ofClock === 'steady' ? other : clock);
    const ofOther = behaviour(beside(other), other, there);
    if (ofOther !== null) says.add(ofOther === 'steady' ? clock : other);
  }
  const [node = null] = says.size === 1 ? says : [];
  if (node === clock) return { ...told, node, by: reversed(by) };
  if (node === other) return { ...told, node, by };
  return { ...told, node, by: clock === pair.nodes[0] ? by : reversed(by) };
}

/** Whether a third clock left this one by as much at that time, or stayed; null: that cannot be told. */
function behaviour(pair: ClockPair | null, clock: number, { from, to, by }: Break): 'left' | 'steady' | null {
  if (pair === null || !Number.isFinite(from) || !Number.isFinite(to)) return null;
  const breaks = pair.breaks(clock).filter((one) => one.from <= to && one.to >= from);
  if (breaks.length > 0) return breaks.some((one) => overlap(one.by, by)) ? 'left' : null;
  const [before, behind] = [pair.boundsAt(clock, from), pair.boundsAt(clock, to)];
  const moved = { atLeast: behind.atLeast - before.atMost, atMost: behind.atMost - before.atLeast };
  return overlap(moved, by) ? null : 'steady';
}

/** One clock's step, seen from two others. */
function isSame(network: ClockNetwork, step: ClockStep, other: ClockStep): boolean {
  if (step.node !== other.node || !overlap(step.by, other.by)) return false;
  const [from, to] = [step.from, step.to].map((at) => network.between(step.clock, at, other.clock));
  if (from === undefined || to === undefined) return false;
  return step.from + from.atLeast <= other.to && step.to + to.atMost >= other.from;
}

function overlap(a: Bounds, b: Bounds): boolean {
  return a.atLeast <= b.atMost && b.atLeast <= a.atMost;
}

function widthOf({ atLeast, atMost }: Bounds): number {
  return atMost - atLeast;
}
