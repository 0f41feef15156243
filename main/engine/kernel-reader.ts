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

const deadlineMs = 15_000;
const mostBytes = 1024 * 1024;

export interface KernelContext {
  /** Of a node by its label; null while it is not connected. */
  readonly transport: (label: string) => NodeTransport | null;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

type Kernel = Extract<TraceAnswer, { ok: true }>['kernel'];

export async function askKernels(lookups: readonly TraceLookup[], context: KernelContext): Promise<Kernel> {
  const answers = await answered(lookups, context);
  const disagreements = answers.flatMap(({ lookup, route }) => kernelDisagreement(lookup, route) ?? []);
  return {
    asked: answers.length,
    agrees: answers.length === 0 ? null : disagreements.length === 0,
    disagreements,
  };
}

/** ms in which a change that the kernel knew and our model did not is read (the doorbell's 100 ms, and a reading). */
const settlesMs = 700;

/**
 * What is so now and was so a moment before: where they contradict each other, model and kernel are both asked once more.
 * @param lookups what the model says now.
 */
export async function kernelContradictions(
  lookups: () => Promise<readonly TraceLookup[]>,
  context: KernelContext,
): Promise<KernelContradiction[]> {
  const asked = await lookups();
  const first = await contradictionsOf(asked, context);
  if (first.length === 0) return [];
  await sleep(settlesMs, undefined, { signal: context.signal }).catch(() => undefined);
  if (context.signal.aborted) return [];
  const keyOf = ({ netnsId, command }: Pick<TraceLookup, 'netnsId' | 'command'>): string =>
    `${netnsId} ${command}`;
  const doubtful = new Set(first.map(keyOf));
  return contradictionsOf(
    (await lookups()).filter((one) => doubtful.has(keyOf(one))),
    context,
  );
}

async function contradictionsOf(
  lookups: readonly TraceLookup[],
  context: KernelContext,
): Promise<KernelContradiction[]> {
  const answers = await answered(lookups, context);
  return answers.flatMap(({ lookup, route }) => kernelContradiction(lookup, route) ?? []);
}

async function answered(lookups: readonly TraceLookup[], context: KernelContext): Promise<Answered[]> {
  const byNode = new Map<string, TraceLookup[]>();
  for (const lookup of distinct(lookups)) {
    // Inside a Pod one has to know by whom to enter.
    if (lookup.isPod && lookup.pid === null) continue;
    byNode.set(lookup.node, [...(byNode.get(lookup.node) ?? []), lookup]);
  }
  const asked = await Promise.all([...byNode].map(([node, list]) => askNode(node, list, context)));
  return asked.flat();
}

interface Answered {
  readonly lookup: TraceLookup;
  readonly route: Exclude<KernelRoute, { kind: 'unasked' }>;
}

async function askNode(
  node: string,
  lookups: readonly TraceLookup[],
  { transport, now, signal }: KernelContext,
): Promise<Answered[]> {
  const connection = transport(node);
  if (connection === null) return [];
  const list = lookups.slice(0, MOST_KERNEL_QUESTIONS);
  const nonce = randomBytes(16).toString('hex');
  const script = kernelRoutesScript(nonce, list.map(questionOf));
  if (!script.ok) return [];
  const what = 'ip route get: the routes of a trace';
  const options = { script: script.value, what, deadlineMs, maxBytes: mostBytes, inTurn: true, signal };
  const ran = await runScript(connection, options);
  if (!ran.ok) return [];
  const read = parseKernelRoutes(ran.value.stdout, list.length, { nonce, nodeLabel: node, seenAt: now() });
  if (!read.ok) return [];
  return list.flatMap((lookup, index) => {
    const route = read.value[index];
    return route === undefined || route.kind === 'unasked' ? [] : [{ lookup, route }];
  });
}

function questionOf({ pid, asked }: TraceLookup): KernelQuestion {
  return { pid, ...asked };
}

function distinct(lookups: readonly TraceLookup[]): TraceLookup[] {
  return [...new Map(lookups.map((one) => [`${one.netnsId} ${one.command}`, one])).values()];
}
