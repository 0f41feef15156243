// Devices of one node with their history: who was there before, who is new, who is each other's other end.
import { interfaceIdOf, isBefore, sameInterface } from './identity.ts';
import type { LinkDeletion } from './input.ts';
import type {
  InterfaceEntity,
  InterfaceId,
  InterfacePeer,
  NetnsId,
  NodeId,
  NodeTime,
  PeerProof,
  PodId,
  Topology,
} from './model.ts';
import { interfaceKey, type ObservedInterface, type ObservedNode } from './observed.ts';
import type { Pairing } from './pair.ts';

export interface BuiltInterfaces {
  /** Living ones, ids resolved; `role` and the Pods of peers are filled in later. */
  readonly ids: ReadonlyMap<string, InterfaceId>;
  /** Since when, by id. */
  readonly since: ReadonlyMap<InterfaceId, NodeTime>;
  /** Those that ended although something with their ifindex is there now, or that were told to be deleted. */
  readonly ended: ReadonlyMap<InterfaceId, NodeTime>;
}

/** Devices of one node in the last build, by interface key. */
export interface DeviceHistory {
  readonly living: ReadonlyMap<string, InterfaceEntity>;
  /** When the last one with that key ended. */
  readonly ends: ReadonlyMap<string, NodeTime>;
}

export function deviceHistory(previous: Topology, node: NodeId): DeviceHistory {
  const living = new Map<string, InterfaceEntity>();
  const ends = new Map<string, NodeTime>();
  if (!Object.hasOwn(previous.nodes, node)) return { living, ends };
  for (const one of Object.values(previous.interfaces)) {
    if (one.nodeId !== node) continue;
    const key = interfaceKey(one.netnsId, one.ifindex);
    if (one.until === null) living.set(key, one);
    else if (isBefore(ends.get(key) ?? longAgo, one.until)) ends.set(key, one.until);
  }
  return { living, ends };
}

const longAgo: NodeTime = { s: 0, ns: 0 };

/** `living`: of the last build, by interface key. `known`: every id ever given. */
export function identifyInterfaces(
  interfaces: ReadonlyMap<string, ObservedInterface>,
  pairings: ReadonlyMap<string, Pairing>,
  living: ReadonlyMap<string, InterfaceEntity>,
  netnsOf: (id: InterfaceId) => NetnsId | null,
  deleted: ReadonlyMap<string, NodeTime | null>,
  known: (id: InterfaceId) => boolean,
): BuiltInterfaces {
  const ids = new Map<string, InterfaceId>();
  const since = new Map<InterfaceId, NodeTime>();
  const ended = new Map<InterfaceId, NodeTime>();
  for (const [key, one] of interfaces) {
    const before = living.get(key);
    const pairing = pairings.get(key);
    const deletion = deleted.get(key);
    const wasDeleted =
      before !== undefined &&
      deletion !== undefined &&
      (deletion === null || isBefore(before.since, deletion));
    if (before !== undefined && !wasDeleted) {
      const peerId = before.peer?.interfaceId ?? null;
      const traits = {
        kind: before.kind,
        mac: before.mac,
        peerIfindex: before.peer?.ifindex ?? null,
        peerNetns: peerId === null ? null : netnsOf(peerId),
      };
      const now = {
        kind: one.kind,
        mac: one.mac,
        peerIfindex: pairing?.ifindex ?? one.peerIfindex,
        peerNetns: pairing === undefined || pairing.key === null ? null : pairing.netnsId,
      };
      if (sameInterface(traits, now)) {
        ids.set(key, before.id);
        since.set(before.id, before.since);
        continue;
      }
    }
    if (before !== undefined) ended.set(before.id, deletion ?? one.at);
    let id = interfaceIdOf(one.netnsId, one.ifindex, one.at);
    // Two readings within one tick of the node's clock.
    while (known(id)) id += '+';
    ids.set(key, id);
    since.set(id, one.at);
  }
  return { ids, since, ended };
}

/**
 * Deletions by interface key, and the devices that are there: not those that the reading still shows but that ended
 * after it, now or in an earlier build from the same reading. Numbers mean what they meant before: the kernel gives a
 * deleted namespace's to the next one at once.
 */
export function applyDeletions(
  node: ObservedNode,
  deletions: readonly LinkDeletion[],
  netnsOfNsid: (nsid: number) => NetnsId | null,
  { living, ends }: DeviceHistory,
): {
  readonly deleted: Map<string, NodeTime | null>;
  readonly interfaces: ReadonlyMap<string, ObservedInterface>;
} {
  const deleted = new Map<string, NodeTime | null>();
  for (const { nodeLabel, nsid, ifindex, at } of deletions) {
    if (nodeLabel !== node.label) continue;
    const netnsId = nsid === null ? node.rootNetns : (netnsOfNsid(nsid) ?? node.byNsid.get(nsid) ?? null);
    if (netnsId !== null) deleted.set(interfaceKey(netnsId, ifindex), at);
  }
  const interfaces = new Map(node.interfaces);
  for (const [key, { at }] of node.interfaces) {
    const end = deleted.get(key) ?? (living.has(key) ? null : ends.get(key)) ?? null;
    if (end !== null && isBefore(at, end)) interfaces.delete(key);
  }
  return { deleted, interfaces };
}

export function peerOf(
  pairing: Pairing | undefined,
  ids: ReadonlyMap<string, InterfaceId>,
  podOf: (netnsId: NetnsId) => PodId | null,
  podProofs: readonly PeerProof[],
): InterfacePeer | null {
  if (pairing === undefined) return null;
  const interfaceId = pairing.key === null ? null : (ids.get(pairing.key) ?? null);
  const proofs = [...new Set([...pairing.proofs, ...podProofs])];
  return {
    interfaceId,
    podId: pairing.netnsId === null ? null : podOf(pairing.netnsId),
    ifindex: pairing.ifindex,
    proofs,
    why:
      pairing.key !== null && interfaceId === null ? 'Its other end was deleted a moment ago.' : pairing.why,
  };
}
