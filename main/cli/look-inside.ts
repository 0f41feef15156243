// The network inside a Pod, read when somebody asks: by its name, once, with what leads on from there on its node.
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, ok, type Result } from '../../app/result.ts';
import type { Engine } from '../engine/engine.ts';
import { podNamed } from './pod-named.ts';

export interface LookedInside {
  readonly name: string;
  readonly netnsId: string;
  readonly nodeLabel: string;
  /** Its own, as its packets have them, of either family. */
  readonly addresses: readonly string[];
  /** Where its packets come in on the node; null where that is not known. */
  readonly hostDevice: string | null;
}

/** ms for one reading of a node that is already connected. */
const readWithinMs = 20_000;
/** ms between two looks whether it has come. */
const lookEveryMs = 20;

/** Whether it could be read, the question after it tells. */
export async function lookInside(
  engine: Engine,
  name: string,
  signal: AbortSignal,
): Promise<Result<LookedInside, string>> {
  const { topology } = engine;
  const named = podNamed(topology, name);
  if (!named.ok) return named;
  const pod = named.value;
  const nodeLabel = topology.nodes[pod.nodeId ?? '']?.label;
  if (pod.hostNetwork)
    return fail(`${name} has its node’s own network: ask for its node (--node ${nodeLabel ?? ''}).`);
  if (nodeLabel === undefined || pod.netnsId === null)
    return fail(`The network namespace of ${name} was not found: its routes cannot be read.`);
  // Where nobody can look inside, nothing comes.
  if (engine.view.paste === null && topology.netns[pod.netnsId]?.process !== null)
    await untilRead(engine, nodeLabel, pod.id, signal);
  return ok({
    name: pod.name,
    netnsId: pod.netnsId,
    nodeLabel,
    addresses: pod.ips,
    hostDevice: topology.interfaces[pod.hostInterfaceId ?? '']?.name ?? null,
  });
}

async function untilRead(engine: Engine, node: string, podId: string, signal: AbortSignal): Promise<void> {
  const heard = (): number => engine.topology.evidence[`${node}/insides`]?.seenAt ?? 0;
  const before = heard();
  engine.lookAt(node, podId);
  const end = performance.now() + readWithinMs;
  while (heard() === before && performance.now() < end && !signal.aborted) await sleep(lookEveryMs);
}
