// A trace of what is connected: the Pods on the way are looked into before it is reckoned, and the kernels asked afterwards.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../app/result.ts';
import type { PodId, Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { insidesHeard } from './insides-heard.ts';
import { askKernels } from './kernel-reader.ts';
import type { Refusal } from './refusal.ts';

export interface TraceContext {
  readonly ask: (request: TraceRequest) => Promise<Result<TraceAnswer, Refusal>>;
  readonly topology: () => Topology;
  /** Reads the inside of these Pods now. @returns labels of the nodes that are read. */
  readonly lookInto: (podIds: readonly PodId[]) => readonly string[];
  /** Null: nothing is connected to. */
  readonly transport: ((label: string) => NodeTransport | null) | null;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** ms for one reading of nodes that are already connected. */
const readWithinMs = 20_000;
/** ms between two looks whether it has come. */
const lookEveryMs = 20;
/** What is found inside a Pod may lead to Pods that were not on the way before. */
const mostRounds = 2;

export async function runTrace(request: TraceRequest, context: TraceContext): Promise<TraceAnswer> {
  const { ask, topology, lookInto, transport, now, signal } = context;
  let answer = await ask(request);
  const known = new Set<PodId>();
  for (let round = 0; transport !== null && round < mostRounds; round += 1) {
    const pods = answer.ok && answer.value.ok ? podsOn(answer.value, topology()) : [];
    if (pods.every((podId) => known.has(podId))) break;
    for (const podId of pods) known.add(podId);
    const before = insidesHeard(topology());
    const labels = lookInto([...known]);
    await untilRead(() => {
      const after = insidesHeard(topology());
      return labels.every((label) => after(label) !== before(label));
    }, signal);
    answer = await ask(request);
  }
  if (!answer.ok) return { ok: false, sentence: answer.failure.sentence };
  const traced = answer.value;
  if (!traced.ok || transport === null) return traced;
  return { ...traced, kernel: await askKernels(traced.lookups, { transport, now, signal }) };
}

function podsOn(answer: Extract<TraceAnswer, { ok: true }>, { netns }: Topology): PodId[] {
  const paths = [...answer.paths, ...(answer.reverse === null ? [] : [answer.reverse])];
  const podIds = paths.flatMap(({ hops }) =>
    hops.flatMap(({ isPod, netnsId }) => (isPod ? (netns[netnsId]?.podId ?? []) : [])),
  );
  return [...new Set(podIds)];
}

async function untilRead(isRead: () => boolean, signal: AbortSignal): Promise<void> {
  const end = performance.now() + readWithinMs;
  while (!isRead() && performance.now() < end && !signal.aborted) await sleep(lookEveryMs);
}
