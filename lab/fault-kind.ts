import type { FindingId } from '../app/diagnose/finding.ts';
import type { Result } from '../app/result.ts';
import type { NetworkMode, NodePlan } from './lab-plan.ts';
import type { RunningFailure, RunningLab } from './running.ts';

/** One way to break a node, and its mend. */
export interface Fault {
  readonly summary: string;
  /** What the argument stands for; without it the fault takes none. */
  readonly argument?: string;
  /** What the argument is when none is given; without it one must be given. */
  readonly fallback?: string | ((target: FaultTarget) => string);
  /** The verb that mends it, besides `heal`. */
  readonly mendedBy?: string;
  /** Where it can occur; left out: in every mode. */
  readonly modes?: readonly NetworkMode[];
  /** What a diagnosis is to name it; left out: it is none of the network's own. */
  readonly finding?: FindingId;
  /** It lies in the fabric, which a reboot of the node does not mend. */
  readonly inFabric?: (argument: string) => boolean;
  /** Returns when the symptom can be observed. */
  inflict(target: FaultTarget): Promise<Result<void, RunningFailure>>;
  mend(target: FaultTarget): Promise<Result<void, RunningFailure>>;
}

export interface FaultTarget extends RunningLab {
  readonly node: NodePlan;
  /** Empty when the fault takes none. */
  readonly argument: string;
}
