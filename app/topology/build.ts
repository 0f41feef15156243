// Builds the topology from what was read, on top of the one before: whoever is still there keeps its id, whoever is
// gone ends and stays in history. A pure function: time comes in with the readings.
import { bgpSessionsOf, birdStateOf } from './build-bgp.ts';
import { draftNode, forwardingOf, interfaceEntities, netnsEntities, unknownsOf, type NodeDraft } from './build-node.ts';
import { namedPod, namelessPods, podIdOf, type PodContext } from './build-pods.ts';
import { topologyEvents } from './events.ts';
import { boundHistory, KEPT_EVENTS } from './history.ts';
import type { TopologyInput } from './input.ts';
import { kubernetesNameOf, matchPods, type NodeView, type PodMatch } from './match-pods.ts';
import type {
  BgpSession,
  EvidenceHead,
  ForwardingState,
  InterfaceEntity,
  Lifetime,
  NetnsEntity,
  NetnsId,
  NodeEntity,
  NodeId,
  NodeTime,
  PodEntity,
  PodId,
  Topology,
} from './model.ts';
import { interfaceKey } from './observed.ts';
import { stable } from './stable.ts';

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
  const living = new Map<string, InterfaceEntity>();
  for (const one of Object.values(previous.interfaces)) {
    if (one.until === null) living.set(interfaceKey(one.netnsId, one.ifindex), one);
  }
  const drafts = Object.values(input.readings)
    .filter(({ snapshot }) => !input.endedLabels.includes(snapshot.nodeLabel))
    .map((reading) => draftNode(input.cluster, reading, input.deletions, { previous, living }));
  const { inventory } = input;
  const views: NodeView[] = drafts.map(({ node, pairings, addresses }) => ({
    node,
    pairings,
    kubernetesName: inventory === null ? null : kubernetesNameOf(node, addresses, inventory),
  }));
  const matches = inventory === null ? [] : matchPods(inventory, views);
  const pods = podEntities(previous, input, drafts, views, matches);
  const podOfNetns = new Map<NetnsId, PodId>();
  for (const { netnsId, hostNetwork, id } of pods) if (netnsId !== null && !hostNetwork) podOfNetns.set(netnsId, id);
  const podOf = (netnsId: NetnsId): PodId | null => podOfNetns.get(netnsId) ?? null;

  const nameHashed = new Set<string>();
  const podBehind = new Map<string, PodId>();
  for (const { pod, hostInterface, podInterface, nameHash } of matches) {
    if (hostInterface !== null) podBehind.set(hostInterface, podIdOf(pod.uid));
    for (const key of nameHash ? [hostInterface, podInterface] : []) if (key !== null) nameHashed.add(key);
  }

  const next: Draft = { nodes: {}, netns: {}, interfaces: {}, pods: {}, bgp: {}, forwarding: {}, evidence: {} };
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
      kubernetesName: views[at]?.kubernetesName ?? null,
    };
    for (const one of netnsEntities(draft, previous.netns, podOf)) next.netns[one.id] = one;
    for (const one of interfaceEntities(draft, podOf, nameHashed, podBehind)) next.interfaces[one.id] = one;
    for (const one of bgpSessionsOf(node, bird, previous.bgp, peerNode)) next.bgp[one.id] = one;
    const forwarding = forwardingOf(draft);
    next.forwarding[node.rootNetns] = { ...forwarding, at: previous.forwarding[node.rootNetns]?.at ?? forwarding.at };
    for (const head of node.snapshot.evidence) next.evidence[head.id] = head;
  });
  for (const pod of pods) next.pods[pod.id] = pod;
  for (const head of input.evidence) next.evidence[head.id] = head;
  return finish(previous, input, drafts, next, [...input.warnings, ...sharedAddresses(pods)]);
}

interface Draft {
  readonly nodes: Record<NodeId, NodeEntity>;
  readonly netns: Record<NetnsId, NetnsEntity>;
  readonly interfaces: Record<string, InterfaceEntity>;
  readonly pods: Record<PodId, PodEntity>;
  readonly bgp: Record<string, BgpSession>;
  readonly forwarding: Record<NetnsId, ForwardingState>;
  readonly evidence: Record<string, EvidenceHead>;
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
  ];
}

/** Which node an address belongs to; nobody when several have it (docker0's). */
function addressOwners(drafts: readonly NodeDraft[]): (address: string) => { id: NodeId; label: string } | null {
  const owners = new Map<string, { id: NodeId; label: string } | null>();
  for (const { node, addresses } of drafts) {
    for (const address of addresses) owners.set(address, owners.has(address) ? null : { id: node.id, label: node.label });
  }
  return (address) => owners.get(address) ?? null;
}

function sharedAddresses(pods: readonly PodEntity[]): string[] {
  const holders = new Map<string, PodEntity[]>();
  for (const pod of pods) {
    if (pod.hostNetwork || pod.namespace === null || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    for (const ip of pod.ips) holders.set(ip, [...(holders.get(ip) ?? []), pod]);
  }
  return [...holders]
    .filter(([, sharing]) => sharing.length > 1)
    .map(([ip, sharing]) => `${sharing.map(({ namespace, name }) => `${namespace ?? ''}/${name}`).join(' and ')} have the same address, ${ip}.`);
}

/** Ends what is gone, keeps what did not change the same object, and says what happened. */
function finish(previous: Topology, input: TopologyInput, drafts: readonly NodeDraft[], next: Draft, warnings: string[]): Topology {
  const read = new Map(drafts.map(({ node }) => [node.id, node]));
  const labels = new Map(drafts.map(({ node }) => [node.label, node]));
  const endedAt = new Map(drafts.flatMap(({ ended }) => [...ended]));
  const latest = drafts.map(({ node }) => node.at).reduce<NodeTime | null>((max, at) => (max === null || at.s > max.s ? at : max), null);

  /** The node's time at which something of node `id` is gone; null when it has to be taken for alive. */
  const goneAt = (id: NodeId | null): NodeTime | null => {
    const known = id === null ? undefined : read.get(id);
    if (known !== undefined) return known.at;
    const before = id === null ? undefined : previous.nodes[id];
    if (before === undefined) return null;
    // Rebooted, or taken out of the cluster file.
    if (before.until !== null) return before.until;
    return labels.get(before.label)?.at ?? (input.endedLabels.includes(before.label) ? (latest ?? before.since) : null);
  };
  const carry = <T extends Lifetime & { id: string }>(
    before: Readonly<Record<string, T>>,
    now: Record<string, T>,
    gone: (one: T) => NodeTime | null | 'drop',
  ): Record<string, T> => {
    for (const one of Object.values(before)) {
      if (Object.hasOwn(now, one.id)) continue;
      if (one.until !== null) {
        now[one.id] = one;
        continue;
      }
      const at = gone(one);
      if (at !== 'drop') now[one.id] = at === null ? one : { ...one, until: at };
    }
    return boundHistory(now);
  };
  const tables = {
    nodes: carry(previous.nodes, next.nodes, ({ id }) => goneAt(id)),
    netns: carry(previous.netns, next.netns, ({ nodeId }) => goneAt(nodeId)),
    interfaces: carry(previous.interfaces, next.interfaces, ({ id, nodeId }) => endedAt.get(id) ?? goneAt(nodeId)),
    pods: carry(previous.pods, next.pods, (pod) => {
      if (pod.namespace !== null) return input.inventory === null ? null : (goneAt(pod.nodeId) ?? latest ?? pod.since);
      // Named by now: it is the same Pod, not one that ended.
      if (pod.netnsId !== null && next.netns[pod.netnsId]?.podId != null) return 'drop';
      return goneAt(pod.nodeId);
    }),
    bgp: carry(previous.bgp, next.bgp, ({ nodeId }) => goneAt(nodeId)),
    forwarding: withoutEnded(previous, next),
    evidence: evidenceOf(previous, input, next),
  };
  const shared = {
    nodes: stable(previous.nodes, tables.nodes),
    netns: stable(previous.netns, tables.netns),
    interfaces: stable(previous.interfaces, tables.interfaces),
    pods: stable(previous.pods, tables.pods),
    bgp: stable(previous.bgp, tables.bgp),
    forwarding: stampForwarding(stable(previous.forwarding, tables.forwarding), previous, read),
    evidence: stable(previous.evidence, tables.evidence),
    warnings: stable(previous.warnings, warnings),
  };
  const fresh = topologyEvents(previous, shared, new Map([...labels].map(([label, node]) => [label, node.at])));
  const changed =
    fresh.length > 0 || (Object.keys(shared) as (keyof typeof shared)[]).some((table) => shared[table] !== previous[table]);
  if (!changed) return previous;
  const events = fresh.length === 0 ? previous.events : [...previous.events, ...fresh].slice(-KEPT_EVENTS);
  return { schema: 1, cluster: input.cluster, revision: previous.revision + 1, ...shared, events };
}

/** Forwarding states have no history of their own: an unread living node's stays, an ended one's goes. */
function withoutEnded(previous: Topology, next: Draft): Record<NetnsId, ForwardingState> {
  const forwarding = { ...next.forwarding };
  for (const [netnsId, state] of Object.entries(previous.forwarding)) {
    if (!Object.hasOwn(forwarding, netnsId) && next.nodes[state.nodeId]?.until === null) forwarding[netnsId] = state;
  }
  return forwarding;
}

function stampForwarding(
  forwarding: Readonly<Record<NetnsId, ForwardingState>>,
  previous: Topology,
  read: ReadonlyMap<NodeId, { readonly at: NodeTime }>,
): Readonly<Record<NetnsId, ForwardingState>> {
  if (forwarding === previous.forwarding) return forwarding;
  return Object.fromEntries(
    Object.entries(forwarding).map(([netnsId, state]) => {
      const at = read.get(state.nodeId)?.at ?? state.at;
      return [netnsId, state === previous.forwarding[netnsId] ? state : { ...state, at }];
    }),
  );
}

function evidenceOf(previous: Topology, input: TopologyInput, next: Draft): Record<string, EvidenceHead> {
  const evidence = { ...next.evidence };
  for (const head of Object.values(previous.evidence)) {
    const fresh = Object.hasOwn(input.readings, head.nodeLabel) || input.endedLabels.includes(head.nodeLabel);
    if (!fresh && !Object.hasOwn(evidence, head.id)) evidence[head.id] = head;
  }
  return evidence;
}
