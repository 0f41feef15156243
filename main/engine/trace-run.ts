// A trace of what is connected: the Pods on the way are looked into before it is reckoned, then the connections that are tracked on
// the way, and the kernels asked afterwards.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../../app/result.ts';
import type { PodId, Topology } from '../../app/topology/model.ts';
import type {
  ConntrackReading,
  TraceAnswer,
  TraceQuestion,
  TraceRequest,
  TraceTracked,
} from '../../app/trace/model.ts';
import type { NodeTransport } from '../ssh/transport.ts';
import { readTracked } from './conntrack-reader.ts';
import { insidesHeard } from './insides-heard.ts';
import { askKernels } from './kernel-reader.ts';
import type { Refusal } from './refusal.ts';

export interface TraceContext {
  readonly ask: (request: TraceQuestion) => Promise<Result<TraceAnswer, Refusal>>;
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
/** What is found inside a Pod may lead to Pods that were not on the way before; what is tracked, to other nodes. */
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
  if (!answer.value.ok || transport === null) return answer.value;
  const traced = await withTracked(request, answer.value, { ask, transport, now, signal });
  if (!traced.ok) return traced;
  return { ...traced, kernel: await askKernels(traced.lookups, { transport, now, signal }) };
}

type Connected = Pick<TraceContext, 'ask' | 'now' | 'signal'> & {
  readonly transport: NonNullable<TraceContext['transport']>;
};

/** Reckoned again with the connections that the namespaces on the way have. */
async function withTracked(
  request: TraceRequest,
  before: TraceAnswer,
  { ask, ...context }: Connected,
): Promise<TraceAnswer> {
  let answer = before;
  const asked = new Set<string>();
  const conntrack: ConntrackReading[] = [];
  const keyOf = ({ netnsId, protocol, source, destination }: TraceTracked): string =>
    [netnsId, protocol, source, destination].join(' ');
  for (let round = 0; round < mostRounds && answer.ok; round += 1) {
    const more = answer.tracked.filter((one) => !asked.has(keyOf(one)));
    for (const one of more) asked.add(keyOf(one));
    const read = await readTracked(more, context);
    // Nothing that was not known before: the answer stands.
    if (read.every(({ entries, sentence }) => entries.length === 0 && sentence === null)) break;
    conntrack.push(...read);
    const again = await ask({ ...request, conntrack: byNamespace(conntrack) });
    if (!again.ok) return { ok: false, sentence: again.failure.sentence };
    answer = again.value;
  }
  return answer;
}

/** One of each, though several addresses were asked about there. */
function byNamespace(readings: readonly ConntrackReading[]): ConntrackReading[] {
  const merged = new Map<string, ConntrackReading>();
  for (const { netnsId, entries, sentence } of readings) {
    const before = merged.get(netnsId);
    const texts = new Set(before?.entries.map(({ text }) => text));
    merged.set(netnsId, {
      netnsId,
      entries: [...(before?.entries ?? []), ...entries.filter(({ text }) => !texts.has(text))],
      sentence: before?.sentence ?? sentence,
    });
  }
  return [...merged.values()];
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
