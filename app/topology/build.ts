// Builds the topology from what was read, on top of the one before: whoever is still there keeps its id, whoever is
// gone ends and stays in history. A pure function: time comes in with the readings.
import { deviceHistory } from './build-interfaces.ts';
import { bgpSessionsOf, birdStateOf } from './build-bgp.ts';
import {
  draftNode,
  forwardingOf,
  interfaceEntities,
  netnsEntities,
  unknownsOf,
  unreadOf,
  type NodeDraft,
} from './build-node.ts';
import { namedPod, namelessPods, podIdOf, routedPods, type PodContext } from './build-pods.ts';
import { finish, type Draft } from './finish.ts';
import type { TopologyInput } from './input.ts';
import { kubernetesNameOf, matchPods, type NodeView, type PodMatch } from './match-pods.ts';
import type { NetnsId, NodeId, PeerProof, PodEntity, PodId, Topology } from './model.ts';

export function emptyTopology(cluster: string): Topology {
  return {
    schema: 1,
    cluster,
    revision: 0,
    nodes: {},
    netns: {},
    interfaces: {},
    pods: {},
    bgp: {},
    forwarding: {},
    evidence: {},
    events: [],
    warnings: [],
  };
}

/** `previous` itself when nothing has changed. */
export function buildTopology(previous: Topology, input: TopologyInput): Topology {
  const devices = deviceHistory(previous);
  const drafts = Object.values(input.readings)
    .filter(({ snapshot }) => !input.endedLabels.includes(snapshot.nodeLabel))
    .map((reading) => draftNode(input.cluster, reading, input.deletions, previous, devices));
  const { inventory } = input;
  const views: NodeView[] = drafts.map(({ node, pairings, addresses }) => ({
    node,
    pairings,
    kubernetesName: inventory === null ? null : kubernetesNameOf(node, addresses, inventory),
  }));
  const matches = inventory === null ? [] : matchPods(inventory, views);
  const pods = podEntities(previous, input, drafts, views, matches);
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
  const keys = new Map(drafts.flatMap(({ ids }) => [...ids].map(([key, id]) => [id, key] as const)));
  for (const { id, hostInterfaceId } of pods) {
    const key = hostInterfaceId === null ? undefined : keys.get(hostInterfaceId);
    if (key !== undefined) podBehind.set(key, id);
  }

  const next: Draft = {
    nodes: {},
    netns: {},
    interfaces: {},
    pods: {},
    bgp: {},
    forwarding: {},
    evidence: {},
  };
  const peerNode = addressOwners(drafts);
  drafts.forEach((draft, at) => {
    const { node } = draft;
    const before = previous.nodes[node.id];
    const bird = birdStateOf(node, before?.bird ?? null);
    next.nodes[node.id] = {
      id: node.id,
      since: before?.since ?? node.at,
      until: null,
      evidence: [`${node.label}/meta`],
      label: node.label,
      hostname: node.snapshot.meta.hostname,
      hostKeyFingerprint: node.fingerprint,
      bootId: node.snapshot.meta.bootId,
      kernel: node.snapshot.meta.kernel,
      addresses: draft.addresses,
      rootNetns: node.rootNetns,
      bird,
      unknowns: unknownsOf(node),
      unread: unreadOf(node),
      kubernetesName: views[at]?.kubernetesName ?? null,
    };
    for (const one of netnsEntities(draft, previous.netns, podOf)) next.netns[one.id] = one;
    for (const one of interfaceEntities(draft, podOf, podProofs, podBehind)) next.interfaces[one.id] = one;
    for (const one of bgpSessionsOf(node, bird, previous.bgp, peerNode)) next.bgp[one.id] = one;
    const forwarding = forwardingOf(draft);
    next.forwarding[node.rootNetns] = {
      ...forwarding,
      at: previous.forwarding[node.rootNetns]?.at ?? forwarding.at,
    };
    for (const head of node.snapshot.evidence) next.evidence[head.id] = head;
  });
  for (const pod of pods) next.pods[pod.id] = pod;
  for (const head of input.evidence) next.evidence[head.id] = head;
  return finish(previous, input, drafts, next, [...input.warnings, ...sharedAddresses(pods)]);
}

function podEntities(
  previous: Topology,
  input: TopologyInput,
  drafts: readonly NodeDraft[],
  views: readonly NodeView[],
  matches: readonly PodMatch[],
): PodEntity[] {
  const times = new Map(drafts.map(({ node }) => [node.id, node.at]));
  const ids = new Map(drafts.flatMap((draft) => [...draft.ids]));
  const context: PodContext = {
    previous: previous.pods,
    interfaceId: (key) => ids.get(key) ?? null,
    nodeTime: (nodeId) => times.get(nodeId) ?? null,
    inventoryEvidence: input.inventory?.evidence ?? [],
  };
  const taken = new Set(matches.flatMap(({ netnsId }) => (netnsId === null ? [] : [netnsId])));
  return [
    ...matches.map((match) => namedPod(match, context)),
    ...views.flatMap((view) => namelessPods(view, taken, context)),
    ...(input.inventory === null ? views.flatMap((view) => routedPods(view, context)) : []),
  ];
}

/** Which node an address belongs to; nobody when several have it (docker0's). */
function addressOwners(
  drafts: readonly NodeDraft[],
): (address: string) => { id: NodeId; label: string } | null {
  const owners = new Map<string, { id: NodeId; label: string } | null>();
  for (const { node, addresses } of drafts) {
    for (const address of addresses)
      owners.set(address, owners.has(address) ? null : { id: node.id, label: node.label });
  }
  return (address) => owners.get(address) ?? null;
}

function sharedAddresses(pods: readonly PodEntity[]): string[] {
  const holders = new Map<string, PodEntity[]>();
  for (const pod of pods) {
    if (pod.hostNetwork || pod.namespace === null || pod.phase === 'Succeeded' || pod.phase === 'Failed')
      continue;
    for (const ip of pod.ips) holders.set(ip, [...(holders.get(ip) ?? []), pod]);
  }
  return [...holders]
    .filter(([, sharing]) => sharing.length > 1)
    .map(
      ([ip, sharing]) =>
        `${sharing.map(({ namespace, name }) => `${namespace ?? ''}/${name}`).join(' and ')} have the same address, ${ip}.`,
    );
}
