// A way that a packet does not go to its end.
import type { TracePath } from '../../trace/model.ts';
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

/**
 * It has left by a device for somebody who was not read. What else makes a way unknown – a rule that was not understood, a tunnel whose
 * ends are not known, a program that takes it – is no leaving.
 */
export function hasLeft({ verdict, hops }: TracePath): boolean {
  const last = hops.at(-1);
  return verdict === 'unknown' && last?.isPod === false && last.steps.at(-1)?.stage === 'wire';
}
