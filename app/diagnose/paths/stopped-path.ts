// A way that a packet does not go to its end.
import type { TraceHop, TracePath, TraceStep } from '../../trace/model.ts';
import type { StopReason } from '../../trace/passage.ts';
import type { Pair } from './pair.ts';

/** `elsewhere`: somebody else takes it. `away`: it leaves the cluster, though it is for somebody in it. */
export type PathReason = StopReason | 'elsewhere' | 'away';

export interface StoppedPath {
  readonly pair: Pair;
  /** It is the answer that stops. */
  readonly back: boolean;
  readonly path: TracePath;
  /** Of an answer: the way of what it answers. */
  readonly forth?: TracePath | null;
}

/** Packets of several pairs that stop at one place, for one reason, by one rule. */
export interface Stop {
  readonly reason: PathReason;
  readonly hop: TraceHop;
  /** The step that decided. */
  readonly step: TraceStep;
  /** Null: the node's own, or it is not about one. */
  readonly device: string | null;
  /** At least one; those that stop on the way there first. */
  readonly paths: readonly StoppedPath[];
  /** One of them is what somebody wants to reach. */
  readonly asked: boolean;
  /** What stops them before, so that none comes so far: this one would, were those mended. Left out: nothing does. */
  readonly behind?: readonly Stop[];
}

/**
 * It has left by a device for somebody who was not read. What else makes a way unknown – a rule that was not understood, a tunnel whose
 * ends are not known, a program that takes it – is no leaving.
 */
export function hasLeft({ verdict, hops }: TracePath): boolean {
  const last = hops.at(-1);
  return verdict === 'unknown' && last?.isPod === false && last.steps.at(-1)?.stage === 'wire';
}
