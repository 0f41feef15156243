// Asks the nodes' kernels for the routes of a trace, one round trip a node, and compares their answers with our model's.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  kernelRoutesScript,
  MOST_KERNEL_QUESTIONS,
  parseKernelRoutes,
  type KernelQuestion,
  type KernelRoute,
} from '../../app/probe/kernel-routes.ts';
import { kernelContradiction, kernelDisagreement } from '../../app/trace/kernel-agreement.ts';
import type { KernelContradiction, TraceAnswer, TraceLookup } from '../../app/trace/model.ts';
import { runScript } from '../node/run-probe.ts';
import type { NodeTransport } from '../ssh/transport.ts';

const longestMs = 15_000;
const mostBytes = 1024 * 1024;

export interface KernelContext {
  /** Of a node by its label; null while it is not connected. */
  readonly transport: (label: string) => NodeTransport | null;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** ms of performance.now(): who has not answered then is waited for no longer. Left out: as long as a node may take. */
  readonly until?: number;
}

interface ContradictionContext extends KernelContext {
  /** Labels of nodes that did not answer before: they are not asked, and have not been heard. */
  readonly silent: readonly string[];
}

type Kernel = Extract<TraceAnswer, { ok: true }>['kernel'];

export async function askKernels(lookups: readonly TraceLookup[], context: KernelContext): Promise<Kernel> {
  const { answers } = await answered(lookups, context);
  const disagreements = answers.flatMap(({ lookup, route }) => kernelDisagreement(lookup, route) ?? []);
  return {
    asked: answers.length,
    agrees: answers.length === 0 ? null : disagreements.length === 0,
    disagreements,
  };
}

/** ms in which a change that the kernel knew and our model did not is read (the doorbell's 100 ms, and a reading). */
const settlesMs = 700;

/** Of one lookup among those of a cluster. */
export function lookupKey({ netnsId, command }: Pick<TraceLookup, 'netnsId' | 'command'>): string {
  return `${netnsId} ${command}`;
}

export interface KernelWords {
  /** By `lookupKey`: where a kernel contradicts the model its word, else null. What was not answered is not there. */
  readonly words: ReadonlyMap<string, KernelContradiction | null>;
  /** Labels of nodes that answered, and of those that did not, or not both times. */
  readonly answered: readonly string[];
  readonly unheard: readonly string[];
}

/**
 * What is so now and was so a moment before: where they contradict each other, model and kernel are both asked once more.
 * @param lookups what the model says now.
 */
export async function kernelContradictions(
  lookups: () => Promise<readonly TraceLookup[]>,
  { silent, ...given }: ContradictionContext,
): Promise<KernelWords> {
  const context: KernelContext = {
    ...given,
    transport: (label) => (silent.includes(label) ? null : given.transport(label)),
  };
  const first = await answered(await lookups(), context);
  const words = wordsOf(first);
  const unheard = new Set(first.unheard);
  const doubtful = new Map([...words].filter(([, word]) => word !== null));
  if (doubtful.size > 0) {
    await sleep(settlesMs, undefined, { signal: context.signal }).catch(() => undefined);
    const all = await lookups();
    const again = all.filter((one) => doubtful.has(lookupKey(one)));
    const second = await answered(again, context);
    const now = wordsOf(second);
    for (const node of second.unheard) unheard.add(node);
    for (const [key, first] of doubtful) {
      const word = now.get(key);
      if (word !== undefined) words.set(key, word);
      // No way leads by it any more, or it was not answered, or the model did not answer: that is no agreement.
      else words.delete(key);
      // A model that has caught up leads other ways; one that says nothing at all has not answered.
      if (all.length === 0 && first !== null) unheard.add(first.node);
    }
  }
  const nodes = new Set(first.answers.map(({ lookup: { node } }) => node));
  return { words, answered: [...nodes].filter((node) => !unheard.has(node)), unheard: [...unheard].sort() };
}

function wordsOf({ answers }: Told): Map<string, KernelContradiction | null> {
  return new Map(answers.map(({ lookup, route }) => [lookupKey(lookup), kernelContradiction(lookup, route)]));
}

interface Told {
  readonly answers: readonly Answered[];
  readonly unheard: readonly string[];
}

async function answered(lookups: readonly TraceLookup[], context: KernelContext): Promise<Told> {
  const byNode = new Map<string, TraceLookup[]>();
  for (const lookup of distinct(lookups)) {
    // Inside a Pod one has to know by whom to enter.
    if (lookup.isPod && lookup.pid === null) continue;
    byNode.set(lookup.node, [...(byNode.get(lookup.node) ?? []), lookup]);
  }
  const asked = await Promise.all(
    [...byNode].map(async ([node, list]) => ({ node, answers: await askNode(node, list, context) })),
  );
  return {
    answers: asked.flatMap(({ answers }) => answers ?? []),
    unheard: asked.flatMap(({ node, answers }) => (answers === null ? [node] : [])),
  };
}

interface Answered {
  readonly lookup: TraceLookup;
  readonly route: Exclude<KernelRoute, { kind: 'unasked' }>;
}

/** Null: it did not answer. */
async function askNode(
  node: string,
  lookups: readonly TraceLookup[],
  { transport, now, signal, until }: KernelContext,
): Promise<Answered[] | null> {
  const connection = transport(node);
  const deadlineMs = until === undefined ? longestMs : Math.min(longestMs, until - performance.now());
  if (connection === null || signal.aborted || deadlineMs <= 0) return null;
  const list = lookups.slice(0, MOST_KERNEL_QUESTIONS);
  const nonce = randomBytes(16).toString('hex');
  const script = kernelRoutesScript(nonce, list.map(questionOf));
  if (!script.ok) return null;
  const what = 'ip route get: the routes of a trace';
  const options = { script: script.value, what, deadlineMs, maxBytes: mostBytes, inTurn: true, signal };
  const ran = await runScript(connection, options);
  if (!ran.ok) return null;
  const read = parseKernelRoutes(ran.value.stdout, list.length, { nonce, nodeLabel: node, seenAt: now() });
  if (!read.ok) return null;
  return list.flatMap((lookup, index) => {
    const route = read.value[index];
    return route === undefined || route.kind === 'unasked' ? [] : [{ lookup, route }];
  });
}

function questionOf({ pid, asked }: TraceLookup): KernelQuestion {
  return { pid, ...asked };
}

function distinct(lookups: readonly TraceLookup[]): TraceLookup[] {
  return [...new Map(lookups.map((one) => [lookupKey(one), one])).values()];
}
