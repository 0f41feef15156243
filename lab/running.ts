import { fail, ok, type Result } from '../app/result.ts';
import { findBroken } from './instance.ts';
import type { NodePlan, PodPlan } from './lab-plan.ts';
import { withLock } from './instance-lock.ts';
import type { RunFolder } from './run-folder.ts';
import { type LabState, readState, type StateFailure } from './state.ts';

/** A whole instance under its lock. */
export interface RunningLab {
  readonly folder: RunFolder;
  readonly state: LabState;
}

export interface RunningFailure {
  readonly kind: 'broken' | 'no-node' | 'no-pod' | 'bad-argument' | 'refused';
  readonly sentence: string;
}

/** Does something to a running instance, one command at a time. */
export async function withRunningLab<T, F>(
  name: string,
  work: (lab: RunningLab) => Promise<Result<T, F>>,
): Promise<Result<T, F | StateFailure | RunningFailure>> {
  const done = await withLock(name, async (folder): Promise<Result<T, F | StateFailure | RunningFailure>> => {
    const state = await readState(folder);
    if (!state.ok) return state;
    const broken = await findBroken(folder, state.value);
    if (state.value.phase !== 'up' || broken.length > 0) {
      const what = broken.length === 0 ? 'it did not finish starting' : `${broken.join(', ')} ended`;
      return fail({
        kind: 'broken',
        sentence: `Lab "${name}" is broken (${what}); start it anew with: lab up --name ${name}`,
      });
    }
    return work({ folder, state: state.value });
  });
  return done.ok ? done.value : done;
}

export function findNode({ state }: RunningLab, name: string): Result<NodePlan, RunningFailure> {
  const node = state.plan.nodes.find((candidate) => candidate.name === name);
  if (node !== undefined) return ok(node);
  const names = state.plan.nodes.map((candidate) => candidate.name).join(', ');
  return fail({
    kind: 'no-node',
    sentence: `There is no node "${name}" in lab "${state.plan.name}"; it has ${names}.`,
  });
}

export function findPod(
  { state }: RunningLab,
  name: string,
): Result<{ node: NodePlan; pod: PodPlan }, RunningFailure> {
  for (const node of state.plan.nodes) {
    const pod = node.pods.find((candidate) => candidate.name === name);
    if (pod !== undefined) return ok({ node, pod });
  }
  return fail({
    kind: 'no-pod',
    sentence: `There is no Pod "${name}" in lab "${state.plan.name}"; lab status lists them.`,
  });
}
