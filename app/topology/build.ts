// Builds the topology from what was read, on top of the one before: whoever is still there keeps its id, whoever is
// gone ends and stays in history. A pure function: time comes in with the readings. Its cost follows what changed: a
// node whose reading is the same as in the last build is not looked at again.
import { bgpSessionsOf } from './build-bgp.ts';
import { deviceHistory } from './build-interfaces.ts';
import { draftNode, type NodeDraft } from './build-node.ts';
import { namedPod } from './build-pods.ts';
import { kubernetesEvents } from './event-kubernetes.ts';
import { pastEvents } from './event-past.ts';
import { finish, type Draft } from './finish.ts';
import { grouped } from '../grouped.ts';
import { NAMING_KINDS } from '../probe/kube-kinds.ts';
import { nodeIdOf } from './identity.ts';
import type { TopologyInput } from './input.ts';
import { hasEnded, kubernetesNameOf, unmatched } from './match-pods.ts';
import { recall, remember, type AddressOwners, type Memory } from './memory.ts';
import type { BgpSession, NodeId, PodEntity, Topology } from './model.ts';
import { nodePart, sameItems, sameSources, settle, type NodePart } from './node-part.ts';
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
  const memory = recall(previous);
  const drafts = draftNodes(previous, input, memory);
  const { inventory } = input;
  const names = drafts.map(({ node, addresses }) =>
    inventory === null ? null : kubernetesNameOf(node, addresses, inventory),
  );
  const pods =
    inventory === null ? null : grouped(Object.values(inventory.pods), ({ nodeName }) => nodeName ?? '');
  const inventoryEvidence =
    inventory === null ? [] : NAMING_KINDS.flatMap((kind) => inventory.kinds[kind].evidence);
  // Where two entries of the cluster file are one machine, the last has its Pods.
  const owner = new Map(names.map((name, at) => [name ?? '', at]));

  const parts = new Map<string, NodePart>();
  drafts.forEach((draft, at) => {
    const { label } = draft.node;
    const reading = input.readings[label];
    if (reading === undefined) throw new Error('a draft of a node that was not read');
    const kubernetesName = names[at] ?? null;
    const own = kubernetesName !== null && owner.get(kubernetesName) === at ? pods?.get(kubernetesName) : [];
    const sources = {
      reading,
      kubernetesName,
      pods: pods === null ? null : (own ?? []),
      inventoryEvidence,
    };
    const before = memory?.parts.get(label);
    const same = before?.draft === draft && sameSources(before.sources, sources);
    parts.set(label, same ? before : nodePart(draft, sources, previous));
  });
  const context = {
    previous: previous.pods,
    interfaceId: () => null,
    seen: null,
    inventoryEvidence,
  };
  const unplaced = [...(pods ?? [])]
    .flatMap(([nodeName, some]) => (nodeName !== '' && owner.has(nodeName) ? [] : some))
    .map((pod) => namedPod(unmatched(pod), context))
    .map((pod) => stable(previous.pods[pod.id], pod));

  const owners = addressOwners(drafts, memory);
  const bgp = sessionsByLabel(previous, parts, owners, memory);
  const now: Memory = { parts, bgp, owners, unplaced, inventory };
  const next = tablesOf(previous, input, memory, now);
  const warnings = [...input.warnings, ...sharedAddresses(next.pods)];
  const past = pastEvents(
    previous,
    next.nodes,
    drafts.map(({ node }) => ({
      nodeId: node.id,
      snapshot: node.snapshot,
      before: memory?.parts.get(node.label)?.draft.node.snapshot ?? null,
    })),
    kubernetesEvents(inventory, memory?.inventory ?? null, next),
  );
  const topology = finish(previous, input, drafts, next, warnings, past);
  remember(topology, now);
  return topology;
}

/** The draft of the last build where the reading is that one's and no deletion was told since. */
function draftNodes(previous: Topology, input: TopologyInput, memory: Memory | null): NodeDraft[] {
  return Object.entries(input.readings)
    .filter(([label]) => !input.endedLabels.includes(label))
    .map(([label, reading]) => {
      const before = memory?.parts.get(label);
      const deletions = input.deletions.filter(({ nodeLabel }) => nodeLabel === label);
      if (before?.sources.reading === reading && deletions.length === 0) return before.draft;
      // By identity: two entries of a cluster file may be one machine.
      const id = nodeIdOf(input.cluster, reading.hostKeyFingerprint, reading.snapshot.meta.bootId);
      return draftNode(input.cluster, reading, deletions, previous, deviceHistory(previous, id));
    });
}

function living<T extends { readonly until: unknown }>(table: Readonly<Record<string, T>>): T[] {
  return Object.values(table).filter(({ until }) => until === null);
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function sessionsByLabel(
  previous: Topology,
  parts: ReadonlyMap<string, NodePart>,
  owners: AddressOwners,
  memory: Memory | null,
): ReadonlyMap<string, readonly BgpSession[]> {
  const all = lazily(() => grouped(living(previous.bgp), ({ nodeId }) => nodeId));
  return new Map(
    [...parts].map(([label, part]) => {
      const before = memory?.parts.get(label);
      const known = before?.node.id === part.node.id ? memory?.bgp.get(label) : undefined;
      if (known !== undefined && before === part && memory?.owners === owners) return [label, known];
      const isNew = !Object.hasOwn(previous.nodes, part.node.id);
      const kept = known ?? (isNew ? [] : (all().get(part.node.id) ?? []));
      const owner = (address: string) => owners.get(address) ?? null;
      const told = bgpSessionsOf(part.draft.node, part.node.bird, previous.bgp, kept, owner);
      return [label, settle(previous.bgp, told)];
    }),
  );
}

/** Everything that is there now. A table in which nothing is another than before is the one before, history and all. */
function tablesOf(previous: Topology, input: TopologyInput, before: Memory | null, now: Memory): Draft {
  const { parts } = now;
  const sameNodes =
    before !== null &&
    (before.inventory === null) === (now.inventory === null) &&
    input.endedLabels.length === 0 &&
    before.parts.size === parts.size &&
    [...parts.keys()].every((label) => before.parts.has(label));
  const table = <T extends { readonly id: string }>(
    known: Readonly<Record<string, T>>,
    pick: (part: NodePart, of: Memory) => readonly T[],
    more: { readonly before: readonly T[]; readonly now: readonly T[] } = { before: [], now: [] },
  ): Readonly<Record<string, T>> => {
    const same =
      sameNodes &&
      sameItems(more.before, more.now) &&
      [...parts].every(([label, part]) => {
        const earlier = before.parts.get(label);
        return earlier !== undefined && sameItems(pick(earlier, before), pick(part, now));
      });
    if (same) return known;
    return Object.fromEntries(
      [...parts.values()]
        .flatMap((part) => pick(part, now))
        .concat(more.now)
        .map((one) => [one.id, one]),
    );
  };
  return {
    nodes: table(previous.nodes, ({ node }) => [node]),
    netns: table(previous.netns, (part) => part.netns),
    interfaces: table(previous.interfaces, (part) => part.interfaces),
    pods: table(previous.pods, (part) => part.pods, { before: before?.unplaced ?? [], now: now.unplaced }),
    bgp: table(previous.bgp, ({ node }, { bgp }) => bgp.get(node.label) ?? []),
    forwarding: Object.fromEntries(
      [...parts.values()].flatMap(({ forwarding }) => forwarding.map((one) => [one.netnsId, one])),
    ),
    evidence: Object.fromEntries(
      [...[...parts.values()].flatMap(({ draft }) => draft.node.snapshot.evidence), ...input.evidence].map(
        (head) => [head.id, head],
      ),
    ),
  };
}

/** The same map as in the last build as long as it says the same. */
function addressOwners(drafts: readonly NodeDraft[], memory: Memory | null): AddressOwners {
  const owners = new Map<string, { readonly id: NodeId; readonly label: string } | null>();
  for (const { node, addresses } of drafts) {
    for (const address of addresses)
      owners.set(address, owners.has(address) ? null : { id: node.id, label: node.label });
  }
  const before = memory?.owners;
  const same =
    before?.size === owners.size &&
    [...owners].every(([address, owner]) => {
      const known = before.get(address);
      return known !== undefined && known?.id === owner?.id && known?.label === owner?.label;
    });
  return same ? before : owners;
}

function sharedAddresses(pods: Readonly<Record<string, PodEntity>>): string[] {
  const holding = Object.values(pods).flatMap((pod) => {
    const { until, hostNetwork, namespace, phase, ips } = pod;
    const holds = until === null && !hostNetwork && namespace !== null;
    return holds && !hasEnded({ phase }) ? ips.map((ip) => ({ ip, pod })) : [];
  });
  return [...grouped(holding, ({ ip }) => ip)]
    .filter(([, sharing]) => sharing.length > 1)
    .map(
      ([ip, sharing]) =>
        `${sharing.map(({ pod }) => `${pod.namespace ?? ''}/${pod.name}`).join(' and ')} have the same address, ${ip}.`,
    );
}
