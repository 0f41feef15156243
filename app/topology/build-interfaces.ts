// Devices of one node with their history: who was there before, who is new, who is each other's other end.
import { interfaceIdOf, isBefore, sameInterface } from './identity.ts';
import type { LinkDeletion } from './input.ts';
import type {
  InterfaceEntity,
  InterfaceId,
  InterfacePeer,
  NetnsId,
  NodeTime,
  PeerProof,
  PodId,
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

/** `living`: of the last build, by interface key. `known`: every id ever given. */
export function identifyInterfaces(
  node: ObservedNode,
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
    if (before !== undefined) ended.set(before.id, deletion ?? node.at);
    let id = interfaceIdOf(one.netnsId, one.ifindex, node.at);
    // Two readings within one tick of the node's clock.
    while (known(id)) id += '+';
    ids.set(key, id);
    since.set(id, node.at);
  }
  return { ids, since, ended };
}

/**
 * Numbers mean what they meant before: the kernel gives a deleted namespace's to the next one at once.
 * Deletions by interface key, and the devices that the reading still shows but that were deleted after it.
 */
export function applyDeletions(
  node: ObservedNode,
  deletions: readonly LinkDeletion[],
  netnsOfNsid: (nsid: number) => NetnsId | null,
): {
  readonly deleted: Map<string, NodeTime | null>;
  readonly interfaces: ReadonlyMap<string, ObservedInterface>;
} {
  const deleted = new Map<string, NodeTime | null>();
  const readAt = node.snapshot.links?.at ?? node.at;
  const interfaces = new Map(node.interfaces);
  for (const { nodeLabel, nsid, ifindex, at } of deletions) {
    if (nodeLabel !== node.label) continue;
    const netnsId = nsid === null ? node.rootNetns : (netnsOfNsid(nsid) ?? node.byNsid.get(nsid) ?? null);
    if (netnsId === null) continue;
    const key = interfaceKey(netnsId, ifindex);
    deleted.set(key, at);
    if (at !== null && isBefore(readAt, at)) interfaces.delete(key);
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
