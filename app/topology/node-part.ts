// What one node contributes to the topology. Readings come one node at a time and mostly say what the one before said,
// so a node's part is made again only when something that it is made from is another.
import type { PodFact } from '../probe/kube-facts.ts';
import { birdStateOf } from './build-bgp.ts';
import { cniOf } from './cni.ts';
import {
  forwardingOf,
  interfaceEntities,
  netnsEntities,
  unknownsOf,
  unreadOf,
  type NodeDraft,
} from './build-node.ts';
import { namedPod, namelessPods, podIdOf, routedPods, type PodContext } from './build-pods.ts';
import type { NodeReading } from './input.ts';
import { matchPods, type NodeView } from './match-pods.ts';
import type {
  EvidenceId,
  ForwardingState,
  InterfaceEntity,
  NetnsEntity,
  NetnsId,
  NodeEntity,
  PeerProof,
  PodEntity,
  PodId,
  Topology,
} from './model.ts';
import { stable } from './stable.ts';
import { nodeContradictions } from './strays.ts';

export interface PartSources {
  readonly reading: NodeReading;
  readonly kubernetesName: string | null;
  /** What Kubernetes says runs here; null while no inventory could be had. */
  readonly pods: readonly PodFact[] | null;
  readonly inventoryEvidence: readonly EvidenceId[];
}

/** Each entity is the object of the topology before where it did not change. */
export interface NodePart {
  readonly sources: PartSources;
  readonly draft: NodeDraft;
  readonly node: NodeEntity;
  readonly netns: readonly NetnsEntity[];
  readonly interfaces: readonly InterfaceEntity[];
  readonly pods: readonly PodEntity[];
  readonly forwarding: readonly ForwardingState[];
}

export function sameItems(a: readonly unknown[] | null, b: readonly unknown[] | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && a.length === b.length && a.every((item, at) => item === b[at]);
}

export function sameSources(a: PartSources, b: PartSources): boolean {
  return (
    a.reading === b.reading &&
    a.kubernetesName === b.kubernetesName &&
    sameItems(a.pods, b.pods) &&
    sameItems(a.inventoryEvidence, b.inventoryEvidence)
  );
}

export function nodePart(draft: NodeDraft, sources: PartSources, previous: Topology): NodePart {
  const { node } = draft;
  const view: NodeView = { node, pairings: draft.pairings, kubernetesName: sources.kubernetesName };
  const matches = matchPods(sources.pods ?? [], view);
  const context: PodContext = {
    previous: previous.pods,
    interfaceId: (key) => draft.ids.get(key) ?? null,
    seen: node.at,
    inventoryEvidence: sources.inventoryEvidence,
  };
  const taken = new Set(matches.flatMap(({ netnsId }) => (netnsId === null ? [] : [netnsId])));
  const pods = [
    ...matches.map((match) => namedPod(match, context)),
    ...namelessPods(view, taken, context),
    ...(sources.pods === null ? routedPods(view, context) : []),
  ];

  const podOfNetns = new Map<NetnsId, PodId>();
  for (const { netnsId, hostNetwork, id } of pods)
    if (netnsId !== null && !hostNetwork) podOfNetns.set(netnsId, id);
  const podOf = (netnsId: NetnsId): PodId | null => podOfNetns.get(netnsId) ?? null;
  const podProofs = new Map<string, readonly PeerProof[]>();
  const podBehind = new Map<string, PodId>();
  for (const { pod, hostInterface, podInterface, proofs } of matches) {
    if (hostInterface !== null) podBehind.set(hostInterface, podIdOf(pod.uid));
    for (const key of [hostInterface, podInterface]) if (key !== null) podProofs.set(key, proofs);
  }
  const keys = new Map([...draft.ids].map(([key, id]) => [id, key]));
  for (const { id, hostInterfaceId } of pods) {
    const key = hostInterfaceId === null ? undefined : keys.get(hostInterfaceId);
    if (key !== undefined) podBehind.set(key, id);
  }

  return {
    sources,
    draft,
    node: nodeEntity(draft, sources, previous, pods),
    netns: settle(previous.netns, netnsEntities(draft, previous.netns, podOf)),
    interfaces: settle(previous.interfaces, interfaceEntities(draft, podOf, podProofs, podBehind)),
    pods: settle(previous.pods, pods),
    forwarding: forwardingOf(draft).map((now) => since(now, previous.forwarding[now.netnsId])),
  };
}

/** Each the object of `table` where it says the same. */
export function settle<T extends { readonly id: string }>(
  table: Readonly<Record<string, T>>,
  list: readonly T[],
): readonly T[] {
  return list.map((one) => stable(table[one.id], one));
}

function nodeEntity(
  draft: NodeDraft,
  { kubernetesName, pods: expected }: PartSources,
  previous: Topology,
  pods: readonly PodEntity[],
): NodeEntity {
  const { node } = draft;
  const { meta } = node.snapshot;
  const before = previous.nodes[node.id];
  const judged = kubernetesName === null ? null : expected;
  const { sentences, strays } = nodeContradictions(draft, judged, pods, before ?? null);
  return stable(before, {
    id: node.id,
    since: before?.since ?? node.at,
    until: null,
    evidence: [`${node.label}/meta`],
    label: node.label,
    hostname: meta.hostname,
    hostKeyFingerprint: node.fingerprint,
    bootId: meta.bootId,
    kernel: meta.kernel,
    addresses: draft.addresses,
    rootNetns: node.rootNetns,
    cni: cniOf(node, draft.pairings),
    contradictions: sentences,
    ...(Object.keys(strays).length === 0 ? {} : { strays }),
    bird: birdStateOf(node, before?.bird ?? null),
    unknowns: unknownsOf(node),
    unread: unreadOf(node),
    kubernetesName,
  });
}

/** `at` tells when the state came to be, not when it was last read. */
function since(now: ForwardingState, before: ForwardingState | undefined): ForwardingState {
  if (before === undefined) return now;
  const settled = stable(before, { ...now, at: before.at });
  return settled === before ? before : { ...settled, at: now.at };
}
