// A diagnosis of what is connected, for window and CLI alike: the network inside every Pod is read first, while Kubernetes' lists may
// still be coming, and counters a second time where a second sample decides.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Diagnosed, PodsLookedInto } from '../../app/contract/diagnosed.ts';
import type { Diagnosis } from '../../app/diagnose/finding.ts';
import { withKernels, type KernelsHeard } from '../../app/diagnose/kernel-questions.ts';
import { ok, type Result } from '../../app/result.ts';
import type { Topology } from '../../app/topology/model.ts';
import { insidesHeard } from './insides-heard.ts';
import type { Refusal } from './refusal.ts';

/** What is about to be read of each node that answers. */
export interface InsideReading {
  readonly label: string;
  /** Pods that it takes, and those that it leaves. */
  readonly pods: number;
  readonly left: number;
}

export interface DiagnosisContext {
  readonly ask: () => Promise<Result<Diagnosis, Refusal>>;
  readonly topology: () => Topology;
  /** Reads the inside of every Pod now. Null: nothing is connected to. */
  readonly lookIntoPods: (() => readonly InsideReading[]) | null;
  /** Every kind of Kubernetes' objects was listed, or cannot be. */
  readonly listed: () => boolean;
  /** ms for which those lists are waited for. */
  readonly listsMs?: number | undefined;
  /** Reads the counters of these nodes now. */
  readonly sample: (labels: readonly string[]) => void;
  /** Asks the kernels for routes that ways lead by; what contradicts the model is asked with `ask` from then on. */
  readonly askKernels: (asked: KernelsAsked) => Promise<KernelsHeard>;
  /** ms of CPU that a node's readings took by now; null where its shell does not tell. */
  readonly cpuMs: (label: string) => Promise<number | null>;
  /** Ends the waiting: what is known then is the answer. */
  readonly signal: AbortSignal;
}

interface KernelsAsked {
  /** Labels of nodes that did not answer before: they are not asked. */
  readonly silent: readonly string[];
  /** ms of performance.now(): who has not answered then is waited for no longer. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** ms between two samples of the counters: what drops now is seen. */
const apartMs = 1_000;
/** ms for what is still to come. */
const awaitedMs = 10_000;
/** ms for the kernels' word, twice asked for; within the whole. */
const kernelsMs = 3_000;
/** ms between two looks whether it has come. */
const lookEveryMs = 50;

export async function runDiagnosis(context: DiagnosisContext): Promise<Result<Diagnosed, Refusal>> {
  const { lookIntoPods, listed, listsMs = awaitedMs, signal } = context;
  const began = performance.now();
  const since = (): number => performance.now() - began;
  const heard = insidesHeard(context.topology());
  const readings = lookIntoPods?.() ?? [];
  const labels = readings.map(({ label }) => label);
  const before = await cpuOf(context, labels);
  const silent = (): string[] => {
    const now = insidesHeard(context.topology());
    return labels.filter((label) => now(label) === heard(label));
  };
  const isComing = (): boolean =>
    (since() < awaitedMs && silent().length > 0) || (since() < listsMs && !listed());
  while (!signal.aborted && isComing()) await rest(signal);
  // After long lists there is time for a second sample, and to ask the kernels twice, all the same.
  const reckoned = await settled(context, performance.now() + Math.max(awaitedMs - since(), 2 * apartMs));
  if (!reckoned.ok) return reckoned;
  if (lookIntoPods === null || signal.aborted) return ok({ diagnosis: reckoned.value, looked: null });
  const until = performance.now() + Math.max(2 * apartMs, Math.min(kernelsMs, awaitedMs - since()));
  const kernels = await context.askKernels({ silent: silent(), until, signal });
  const diagnosis = kernels.contradicted ? await context.ask() : reckoned;
  if (!diagnosis.ok) return diagnosis;
  const after = await cpuOf(context, labels);
  const unheard = silent();
  const looked: PodsLookedInto = {
    ...summed(readings.filter(({ label }) => !unheard.includes(label))),
    nodes: labels.filter((label) => !unheard.includes(label)),
    silent: unheard,
    cpuMs: before === null || after === null ? null : after - before,
    tookMs: Math.round(performance.now() - began),
  };
  return ok({ diagnosis: withKernels(diagnosis.value, kernels), looked });
}

/** Asks until no node's counters, filters or settings are still to come, or that takes too long. */
async function settled(
  { ask, sample, lookIntoPods, signal }: DiagnosisContext,
  end: number,
): Promise<Result<Diagnosis, Refusal>> {
  let sampled = -Infinity;
  for (;;) {
    const answer = await ask();
    if (!answer.ok) return answer;
    const { awaits } = answer.value;
    if (awaits.length === 0 || lookIntoPods === null || signal.aborted || performance.now() > end)
      return answer;
    if (performance.now() - sampled > apartMs) {
      sampled = performance.now();
      sample(awaits);
    }
    await rest(signal);
  }
}

async function cpuOf({ cpuMs }: DiagnosisContext, labels: readonly string[]): Promise<number | null> {
  const told = await Promise.all(labels.map((label) => cpuMs(label)));
  return told.every((ms) => ms === null) ? null : told.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
}

function summed(readings: readonly InsideReading[]): Pick<PodsLookedInto, 'pods' | 'left'> {
  return {
    pods: readings.reduce((sum, { pods }) => sum + pods, 0),
    left: readings.reduce((sum, { left }) => sum + left, 0),
  };
}

async function rest(signal: AbortSignal): Promise<void> {
  await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
}
