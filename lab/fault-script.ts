import type { FindingId } from '../app/diagnose/finding.ts';
import { fail, ok, type Result } from '../app/result.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import type { LabPlan, NetworkMode, NodePlan, PodPlan } from './lab-plan.ts';
import { inNode, NODE_LIBRARY } from './node-namespace.ts';
import type { RunningFailure } from './running.ts';

// Faults that are a few commands on the node, and their undoing.

/** What the commands are written for. */
export interface Victim {
  readonly plan: LabPlan;
  readonly node: NodePlan;
  /** The next node that has Pods: whom the fault cuts off. */
  readonly peer: NodePlan;
}

export interface PodVictim extends Victim {
  readonly pod: PodPlan;
}

interface Described {
  readonly summary: string;
  readonly finding: FindingId;
  readonly modes?: readonly NetworkMode[];
}

interface Commands<V> {
  /** Lines of sh; the first that fails ends the script, and the fault is refused. */
  readonly inflict: (victim: V) => readonly string[];
  readonly mend: (victim: V) => readonly string[];
}

/** On the node itself. */
export function nodeFault({ inflict, mend, ...described }: Described & Commands<Victim>): Fault {
  const run =
    (lines: (victim: Victim) => readonly string[]): Fault['inflict'] =>
    async (target) =>
      runLines(target, lines(victimOf(target)));
  return { ...described, inflict: run(inflict), mend: run(mend) };
}

interface Choice {
  /** Whom it is about if nobody is named; left out: the node's first Pod. */
  readonly prefers?: (pod: PodPlan) => boolean;
}

/** On one Pod of the node; `$POD` runs what follows inside the Pod's network. */
export function podFault({
  inflict,
  mend,
  prefers = () => true,
  ...described
}: Described & Commands<PodVictim> & Choice): Fault {
  const victim = (target: FaultTarget): Result<PodVictim, RunningFailure> => {
    const pod = target.node.pods.find(({ name }) => name === target.argument);
    if (pod !== undefined) return ok({ ...victimOf(target), pod });
    return fail({
      kind: 'bad-argument',
      sentence: `There is no Pod "${target.argument}" on ${target.node.name}; lab status lists them.`,
    });
  };
  return {
    ...described,
    argument: 'a Pod of the node, one that fits if none is named',
    fallback: ({ node }) => (node.pods.find(prefers) ?? node.pods[0])?.name ?? '',
    ...scripts(victim, inflict, mend, ({ pod }) => [
      `POD="nsenter -t $(cat /run/lab/pods/${pod.name}) -n --"`,
    ]),
  };
}

function scripts<V>(
  victim: (target: FaultTarget) => Result<V, RunningFailure>,
  inflict: (victim: V) => readonly string[],
  mend: (victim: V) => readonly string[],
  before: (victim: V) => readonly string[],
): Pick<Fault, 'inflict' | 'mend'> {
  return {
    inflict: async (target) => {
      const found = victim(target);
      if (!found.ok) return found;
      const start = before(found.value);
      const done = await runLines(target, ['set -e', ...start, ...inflict(found.value)]);
      // What failed half-way is not left half broken; what it did not come to cannot be undone, and need not.
      if (!done.ok) await runLines(target, [...start, ...mend(found.value)]);
      return done;
    },
    mend: async (target) => {
      const found = victim(target);
      if (!found.ok) return found;
      return runLines(target, ['set -e', ...before(found.value), ...mend(found.value)]);
    },
  };
}

/** What the node's own start does for a Pod's cable, over again. */
export function rewired({ pod }: PodVictim): string {
  return `sh ${NODE_LIBRARY}/pods-wire.sh ${pod.name}`;
}

/** The node's packet filters as they were written by the network's own programs. */
export const REFILTERED = `sh ${NODE_LIBRARY}/filters.sh`;

export function victimOf({ state: { plan }, node }: FaultTarget): Victim {
  const others = plan.nodes.filter(({ index, pods }) => index !== node.index && pods.length > 0);
  const peer = others.find(({ index }) => index > node.index) ?? others[0];
  if (peer === undefined) throw new Error('a lab without a second node that has Pods');
  return { plan, node, peer };
}

/** On the node of the target, as root. */
export async function runLines(
  { folder, node }: FaultTarget,
  lines: readonly string[],
): Promise<Result<void, RunningFailure>> {
  const { exitCode, stderr } = await inNode(folder, node.name, ['sh', '-u', '-c', lines.join('\n')], {
    accept: Array.from({ length: 255 }, (_, code) => code + 1),
  });
  if (exitCode === 0) return ok(undefined);
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return fail({ kind: 'refused', sentence: `${node.name} refused: ${said}` });
}
