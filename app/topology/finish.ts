// The end of a build: what is gone ends and stays in history, what did not change stays the same object.
import { appendEvents } from './event-bursts.ts';
import { topologyEvents } from './events.ts';
import { isBefore } from './identity.ts';
import { boundHistory, KEPT_ENDED, KEPT_ENDED_DEVICES, KEPT_EVENTS } from './history.ts';
import type { TopologyInput } from './input.ts';
import type { NodeDraft } from './build-node.ts';
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
  TopologyEvent,
} from './model.ts';
import { stable } from './stable.ts';

/** Everything that is there now. */
export interface Draft {
  readonly nodes: Readonly<Record<NodeId, NodeEntity>>;
  readonly netns: Readonly<Record<NetnsId, NetnsEntity>>;
  readonly interfaces: Readonly<Record<string, InterfaceEntity>>;
  readonly pods: Readonly<Record<PodId, PodEntity>>;
  readonly bgp: Readonly<Record<string, BgpSession>>;
  readonly forwarding: Readonly<Record<NetnsId, ForwardingState>>;
  readonly evidence: Readonly<Record<string, EvidenceHead>>;
}

/** Ends what is gone, keeps what did not change the same object, and says what happened. */
export function finish(
  previous: Topology,
  input: TopologyInput,
  drafts: readonly NodeDraft[],
  next: Draft,
  warnings: string[],
  past: readonly Omit<TopologyEvent, 'id'>[],
): Topology {
  const read = new Map(drafts.map(({ node }) => [node.id, node]));
  const labels = new Map(drafts.map(({ node }) => [node.label, node]));
  const endedAt = new Map(drafts.flatMap(({ ended }) => [...ended]));
  const latest = drafts
    .map(({ node }) => node.at)
    .reduce<NodeTime | null>((max, at) => (max === null || at.s > max.s ? at : max), null);

  /** The node's time at which something of node `id` is gone; null when it has to be taken for alive. */
  const goneAt = (id: NodeId | null): NodeTime | null => {
    const known = id === null ? undefined : read.get(id);
    if (known !== undefined) return known.at;
    const before = id === null ? undefined : previous.nodes[id];
    if (before === undefined) return null;
    // Rebooted, or taken out of the cluster file.
    if (before.until !== null) return before.until;
    return (
      labels.get(before.label)?.at ??
      (input.endedLabels.includes(before.label) ? (latest ?? before.since) : null)
    );
  };
  const carry = <T extends Lifetime & { id: string }>(
    before: Readonly<Record<string, T>>,
    living: Readonly<Record<string, T>>,
    gone: (one: T) => NodeTime | null | 'drop',
    bound = KEPT_ENDED,
  ): Readonly<Record<string, T>> => {
    if (living === before) return before;
    const now = { ...living };
    for (const one of Object.values(before)) {
      if (Object.hasOwn(now, one.id)) continue;
      if (one.until !== null) {
        now[one.id] = one;
        continue;
      }
      const at = gone(one);
      if (at !== 'drop')
        now[one.id] = at === null ? one : { ...one, until: isBefore(at, one.since) ? one.since : at };
    }
    return sameTable(before, boundHistory(now, bound));
  };
  const nodes = carry(previous.nodes, next.nodes, ({ id }) => goneAt(id));
  const shared = {
    nodes,
    netns: carry(previous.netns, next.netns, ({ nodeId }) => goneAt(nodeId)),
    interfaces: carry(
      previous.interfaces,
      next.interfaces,
      ({ id, nodeId }) => endedAt.get(id) ?? goneAt(nodeId),
      KEPT_ENDED_DEVICES,
    ),
    pods: carry(previous.pods, next.pods, (pod) => {
      if (pod.namespace !== null)
        return input.inventory === null ? null : (goneAt(pod.nodeId) ?? latest ?? pod.since);
      // Its namespace or host device lives and has another Pod: it got its name, and did not end.
      const netns = pod.netnsId === null ? undefined : next.netns[pod.netnsId];
      const host = pod.hostInterfaceId === null ? undefined : next.interfaces[pod.hostInterfaceId];
      const named = (podId: PodId | null): boolean => podId !== null && podId !== pod.id;
      if (netns?.until === null && named(netns.podId)) return 'drop';
      if (host?.until === null && named(host.peer?.podId ?? null)) return 'drop';
      return goneAt(pod.nodeId);
    }),
    bgp: carry(previous.bgp, next.bgp, ({ nodeId }) => goneAt(nodeId)),
    forwarding: withoutEnded(previous, next, nodes, read),
    evidence: stable(previous.evidence, evidenceOf(previous, input, next)),
    warnings: stable(previous.warnings, warnings),
  };
  const seen = topologyEvents(
    previous,
    shared,
    new Map([...labels].map(([label, node]) => [label, node.at])),
  );
  const lastId = seen.at(-1)?.id ?? previous.events.at(-1)?.id ?? 0;
  const fresh = [...seen, ...past.map((event, at) => ({ id: lastId + 1 + at, ...event }))];
  const changed =
    fresh.length > 0 ||
    (Object.keys(shared) as (keyof typeof shared)[]).some((table) => shared[table] !== previous[table]);
  if (!changed) return previous;
  const events = appendEvents(previous.events, fresh, KEPT_EVENTS);
  return { schema: 1, cluster: input.cluster, revision: previous.revision + 1, ...shared, events };
}

/** The table before as long as it holds the same objects. */
function sameTable<T>(
  before: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  const entries = Object.entries(now);
  const same =
    entries.length === Object.keys(before).length &&
    entries.every(([id, one]) => Object.hasOwn(before, id) && before[id] === one);
  return same ? before : now;
}

/** Forwarding states have no history of their own: an unread living node's stay; an ended one's go, and those of a Pod that nobody looks at. */
function withoutEnded(
  previous: Topology,
  next: Draft,
  nodes: Readonly<Record<NodeId, NodeEntity>>,
  read: ReadonlyMap<NodeId, unknown>,
): Readonly<Record<NetnsId, ForwardingState>> {
  const forwarding = { ...next.forwarding };
  for (const [netnsId, state] of Object.entries(previous.forwarding)) {
    const unread = !read.has(state.nodeId) && nodes[state.nodeId]?.until === null;
    if (unread && !Object.hasOwn(forwarding, netnsId)) forwarding[netnsId] = state;
  }
  return sameTable(previous.forwarding, forwarding);
}

function evidenceOf(previous: Topology, input: TopologyInput, next: Draft): Record<string, EvidenceHead> {
  const evidence = { ...next.evidence };
  for (const head of Object.values(previous.evidence)) {
    const fresh = Object.hasOwn(input.readings, head.nodeLabel) || input.endedLabels.includes(head.nodeLabel);
    if (!fresh && !Object.hasOwn(evidence, head.id)) evidence[head.id] = head;
  }
  return evidence;
}
