// Which pairs of Pods are followed: one for all that share a fate, what is nearest to the failure first. They are made one by one, for
// there may be more than there is time for.
import type { PodEntity } from '../../topology/model.ts';
import { podName, type Cluster } from '../cluster.ts';
import type { Pair } from '../paths/pair.ts';
import { podEnd, toNode, toPod } from '../paths/pair-ends.ts';
import type { Afterwards } from './failures.ts';
import type { PodKind } from './pod-kinds.ts';

export const MOST_EXAMPLES = 3;

/** One pair of Pods that stands for others. */
export interface Sample {
  readonly from: PodKind;
  readonly to: PodKind;
  readonly pair: Pair;
  /** So many pairs of Pods. */
  readonly weight: number;
  readonly examples: readonly string[];
}

export class Samples {
  readonly #cluster: Cluster;
  readonly #kinds: readonly PodKind[];
  /** Higher is nearer; there are a few of them alone. */
  readonly #nearness: ReadonlyMap<PodKind, number>;

  constructor(cluster: Cluster, kinds: readonly PodKind[], { failed, changed }: Afterwards) {
    this.#cluster = cluster;
    const near = ({ node, onHost }: PodKind): number =>
      (node.entity.id === failed.nodeId ? 4 : changed.has(node.entity.rootNetns) ? 2 : 0) - Number(onHost);
    this.#kinds = kinds;
    this.#nearness = new Map(kinds.map((kind) => [kind, near(kind)]));
  }

  *[Symbol.iterator](): Generator<Sample, void, undefined> {
    for (const [from, to] of this.#nearestFirst()) {
      const one = from.pods[0];
      const other = receiverOf(from, to);
      if (other === undefined) continue;
      const end = podEnd(from.node, one);
      const pairs = to.onHost ? toNode(end, to.node, one.ips) : toPod(this.#cluster, end, to.node, other);
      for (const pair of pairs)
        yield { from, to, pair, weight: weightOf(from, to), examples: examplesOf(from, to) };
    }
  }

  /** Pairs of Pods, each once a family of addresses, as `weight` counts them. */
  get pairs(): number {
    let pairs = 0;
    for (const from of this.#kinds)
      for (const to of this.#kinds)
        if (!areAtOnePlace(from, to)) pairs += weightOf(from, to) * familiesOf(from, to);
    return pairs;
  }

  /** Kinds of which one sends to the other. */
  *#nearestFirst(): Generator<readonly [PodKind, PodKind], void, undefined> {
    const levels = new Map<number, PodKind[]>();
    for (const [kind, nearness] of this.#nearness) {
      const alike = levels.get(nearness) ?? [];
      levels.set(nearness, alike);
      alike.push(kind);
    }
    const sums = [...levels.keys()].flatMap((one) => [...levels.keys()].map((other) => one + other));
    for (const sum of [...new Set(sums)].sort((a, b) => b - a))
      for (const from of this.#kinds)
        for (const to of levels.get(sum - (this.#nearness.get(from) ?? 0)) ?? [])
          if (!areAtOnePlace(from, to)) yield [from, to];
  }
}

/** On one node’s network. */
function areAtOnePlace(from: PodKind, to: PodKind): boolean {
  return from.onHost && to.onHost && from.node === to.node;
}

function receiverOf(from: PodKind, to: PodKind): PodEntity | undefined {
  return from === to ? to.pods[1] : to.pods[0];
}

function weightOf(from: PodKind, to: PodKind): number {
  return from.pods.length * (from === to ? to.pods.length - 1 : to.pods.length);
}

/** In how many families one is sent to the other. */
function familiesOf(from: PodKind, to: PodKind): number {
  const [sends] = from.pods;
  const speaks = (ip: string): boolean => sends.ips.some((own) => own.includes(':') === ip.includes(':'));
  if (to.onHost) return to.node.entity.addresses.some(speaks) ? 1 : 0;
  return (receiverOf(from, to)?.ips ?? []).filter(speaks).length;
}

function examplesOf(from: PodKind, to: PodKind): string[] {
  const examples = Array.from({ length: MOST_EXAMPLES }, (_, at) => {
    const a = from.pods[at % from.pods.length];
    const b = to.pods[(at + (from === to ? 1 : 0)) % to.pods.length];
    return a === undefined || b === undefined || a === b ? [] : [`${podName(a)} → ${podName(b)}`];
  }).flat();
  return [...new Set(examples)];
}
