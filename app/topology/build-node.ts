// One node of the topology from one reading: the node itself, its namespaces, devices and forwarding state.
import type { LinkDeletion } from './input.ts';
import { applyDeletions, identifyInterfaces, peerOf, type DeviceHistory } from './build-interfaces.ts';
import type {
  ForwardingState,
  InterfaceEntity,
  InterfaceId,
  NetnsEntity,
  NetnsId,
  NodeEntity,
  NodeTime,
  PeerProof,
  PodId,
  Route,
  Topology,
} from './model.ts';
import { observeNode, type ObservedInterface, type ObservedNode } from './observed.ts';
import { pairInterfaces, type Pairing } from './pair.ts';
import { defaultDevicesOf, roleOf } from './roles.ts';
import { netnsIdOf } from './identity.ts';
import type { IpFacts } from '../probe/inside-facts.ts';
import { FACT_NAMES } from '../probe/snapshot.ts';
import type { NodeReading } from './input.ts';

/** A node after the first half of the build: read, paired, identified. Pods come between the halves. */
export interface NodeDraft {
  readonly node: ObservedNode;
  readonly interfaces: ReadonlyMap<string, ObservedInterface>;
  readonly pairings: ReadonlyMap<string, Pairing>;
  readonly ids: ReadonlyMap<string, InterfaceId>;
  readonly since: ReadonlyMap<InterfaceId, NodeTime>;
  /** Ended by a deletion or a replacement, and when. */
  readonly ended: ReadonlyMap<InterfaceId, NodeTime>;
  readonly addresses: readonly string[];
}

export function draftNode(
  cluster: string,
  reading: NodeReading,
  deletions: readonly LinkDeletion[],
  previous: Topology,
  devices: DeviceHistory,
): NodeDraft {
  const read = observeNode(cluster, reading);
  const numbered = new Map<number, NetnsId>();
  if (deletions.length > 0) {
    for (const netns of Object.values(previous.netns)) {
      if (netns.nodeId === read.id && netns.until === null && netns.nsid !== null)
        numbered.set(netns.nsid, netns.id);
    }
  }
  const { deleted, interfaces } = applyDeletions(
    read,
    deletions,
    (nsid) => numbered.get(nsid) ?? null,
    devices,
  );
  const node = { ...read, interfaces };
  const pairings = pairInterfaces(node);
  const identified = identifyInterfaces(
    interfaces,
    pairings,
    devices.living,
    (id) => previous.interfaces[id]?.netnsId ?? null,
    deleted,
    (id) => Object.hasOwn(previous.interfaces, id),
  );
  const ended = new Map(identified.ended);
  for (const [key, at] of deleted) {
    const before = devices.living.get(key);
    if (before !== undefined && !identified.ids.has(key)) ended.set(before.id, at ?? node.at);
  }
  return {
    node,
    interfaces,
    pairings,
    ids: identified.ids,
    since: identified.since,
    ended,
    addresses: nodeAddresses(node),
  };
}

/** The NIC's first: docker0 has the same address on every node, and no peer uses it. */
function nodeAddresses(node: ObservedNode): string[] {
  const defaults = defaultDevicesOf(node);
  const rank = (one: ObservedInterface): number =>
    defaults.has(one.name)
      ? 0
      : one.kind === 'bridge' || one.kind === 'dummy'
        ? 3
        : one.kind === 'veth' || one.kind === 'physical'
          ? 1
          : 2;
  return [...node.interfaces.values()]
    .filter((one) => one.netnsId === node.rootNetns && one.kind !== 'loopback')
    .sort((a, b) => rank(a) - rank(b) || a.ifindex - b.ifindex)
    .flatMap(({ addresses }) => addresses.filter(({ scope }) => scope === 'global' || scope === 'site'))
    .map(({ address }) => address);
}

/** What was asked for and could not be had, a sentence each. */
export function unknownsOf({ snapshot }: ObservedNode): string[] {
  const sentences = FACT_NAMES.flatMap((name) => {
    const part = snapshot[name];
    return part === null || part.sentence === null ? [] : [part.sentence];
  });
  return [...new Set(snapshot.cutOff === null ? sentences : [...sentences, snapshot.cutOff])];
}

export function unreadOf({ snapshot, seesInside }: ObservedNode): NodeEntity['unread'] {
  const { routes4, routes6, pods, cutOff } = snapshot;
  const lost = [routes4, routes6].find((part) => (part?.value ?? null) === null);
  return {
    routes: lost === undefined ? null : (lost?.sentence ?? cutOff),
    insidesOfPods: seesInside ? null : (pods?.sentence ?? cutOff),
  };
}

export function netnsEntities(
  { node }: NodeDraft,
  previous: Topology['netns'],
  podOf: (netnsId: NetnsId) => PodId | null,
): NetnsEntity[] {
  return [...node.netns.values()].map((netns) => {
    const before = previous[netns.id];
    return {
      id: netns.id,
      since: before?.until === null ? before.since : node.at,
      until: null,
      evidence: netns.evidence,
      nodeId: node.id,
      inode: netns.inode,
      root: netns.root,
      nsid: netns.nsid,
      process: netns.process,
      podId: netns.root ? null : podOf(netns.id),
    };
  });
}

export function interfaceEntities(
  draft: NodeDraft,
  podOf: (netnsId: NetnsId) => PodId | null,
  /** By key of either end: what ties it to its Pod. */
  podProofs: ReadonlyMap<string, readonly PeerProof[]>,
  /** By key of the host end. */
  podBehind: ReadonlyMap<string, PodId>,
): InterfaceEntity[] {
  const { node, pairings, ids } = draft;
  const defaults = defaultDevicesOf(node);
  const podNamespaces = new Set(
    [...node.netns.values()].filter(({ id, root }) => !root && podOf(id) !== null).map(({ id }) => id),
  );
  return [...draft.interfaces].flatMap(([key, one]): InterfaceEntity[] => {
    const id = ids.get(key);
    if (id === undefined) return [];
    const pairing = pairings.get(key);
    const peer = peerOf(pairing, ids, podOf, podProofs.get(key) ?? []);
    const behind = podBehind.get(key) ?? null;
    const role = roleOf(node, one, pairing, podNamespaces, defaults);
    const far = draft.interfaces.get(pairing?.key ?? '');
    return [
      {
        id,
        since: draft.since.get(id) ?? one.at,
        until: null,
        evidence: one.evidence,
        nodeId: node.id,
        netnsId: one.netnsId,
        ifindex: one.ifindex,
        name: one.name,
        // From /proc alone a Pod's device does not say what it is; its host end does.
        kind: one.kind === 'other' && far !== undefined ? far.kind : one.kind,
        ...(one.kernelKind === undefined ? {} : { kernelKind: one.kernelKind }),
        ...(one.tunnel === undefined ? {} : { tunnel: one.tunnel }),
        role: role === 'other' && behind !== null ? 'workload' : role,
        mac: one.mac,
        mtu: one.mtu,
        operstate: one.operstate,
        adminUp: one.adminUp,
        carrier: one.carrier,
        addresses: one.addresses,
        peer: peer === null ? null : { ...peer, podId: peer.podId ?? behind },
        masterIfindex: one.masterIfindex,
      },
    ];
  });
}

/** IPv4 and IPv6 as one list, the same list as long as both parts are: what did not change must not look new. */
const joined = new WeakMap<
  readonly Route[],
  { readonly routes6: readonly Route[]; readonly all: readonly Route[] }
>();
const NO_ROUTES: readonly Route[] = [];

function joinRoutes(routes4: readonly Route[], routes6: readonly Route[]): readonly Route[] {
  const before = joined.get(routes4);
  if (before?.routes6 === routes6) return before.all;
  const all = [...routes4, ...routes6];
  joined.set(routes4, { routes6, all });
  return all;
}

/** The node's own first, then those of the Pods that were looked into. `at` is stamped later: it tells when a state came to be. */
export function forwardingOf({ node }: NodeDraft): ForwardingState[] {
  const insides = node.snapshot.insides?.value?.read ?? [];
  return [
    forwardingIn(node, node.rootNetns, node.snapshot, node.at),
    ...insides.flatMap((inside) => {
      const { inode, startTicks, at } = inside;
      const id = netnsIdOf(node.id, inode, { kind: 'process', startTicks });
      // A namespace that is not there any more, or that another reading has not found yet.
      return node.netns.has(id) ? [forwardingIn(node, id, inside, at ?? node.at)] : [];
    }),
  ];
}

function forwardingIn(node: ObservedNode, netnsId: NetnsId, facts: IpFacts, at: NodeTime): ForwardingState {
  const { routes4, routes6, rules4, rules6, neighbours, fdb } = facts;
  return {
    netnsId,
    nodeId: node.id,
    at,
    routes: joinRoutes(routes4?.value ?? NO_ROUTES, routes6?.value ?? NO_ROUTES),
    rules: [...(rules4?.value ?? []), ...(rules6?.value ?? [])],
    neighbours: neighbours?.value ?? [],
    evidence: [routes4, routes6, rules4, rules6, neighbours, fdb].flatMap((part) => part?.evidence ?? []),
  };
}
