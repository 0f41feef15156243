// Who is who over time (DESIGN §5 "Identity"): inodes, ifindexes, names and addresses are all reused at once.
import type { InterfaceEntity, InterfaceId, NetnsId, NodeId, NodeTime } from './model.ts';
import { sha1Hex } from './sha1.ts';

/** Sixteen hexadecimal digits tell apart far more nodes than there are. */
export function nodeIdOf(cluster: string, hostKeyFingerprint: string, bootId: string): NodeId {
  return `node:${sha1Hex(JSON.stringify([cluster, hostKeyFingerprint, bootId])).slice(0, 16)}`;
}

/** The namespace the node's sshd runs in lives as long as the boot. */
export type NetnsAnchor =
  | { readonly kind: 'root' }
  | { readonly kind: 'process'; readonly startTicks: number }
  | { readonly kind: 'host-peer'; readonly ifindex: number };

export function netnsIdOf(nodeId: NodeId, inode: number, anchor: NetnsAnchor): NetnsId {
  const suffix =
    anchor.kind === 'root'
      ? 'root'
      : anchor.kind === 'process'
        ? `p${anchor.startTicks}`
        : `if${anchor.ifindex}`;
  return `netns:${nodeId.slice('node:'.length)}/${inode}@${suffix}`;
}

export function interfaceIdOf(netnsId: NetnsId, ifindex: number, firstSeen: NodeTime): InterfaceId {
  const at = `${firstSeen.s}.${firstSeen.ns.toString().padStart(9, '0')}`;
  return `if:${netnsId.slice('netns:'.length)}/${ifindex}@${at}`;
}

/** What decides whether a device is the one that had this ifindex before. */
export interface InterfaceTraits {
  readonly kind: InterfaceEntity['kind'];
  readonly mac: string | null;
  readonly peerIfindex: number | null;
  /** Null when the other end's namespace is not known. */
  readonly peerNetns: NetnsId | null;
}

/** What is not known contradicts nothing; a name or an address may change. */
export function sameInterface(before: InterfaceTraits, now: InterfaceTraits): boolean {
  const differs = (a: unknown, b: unknown): boolean => a !== null && b !== null && a !== b;
  if (before.kind !== 'other' && now.kind !== 'other' && before.kind !== now.kind) return false;
  return !(
    differs(before.mac, now.mac) ||
    differs(before.peerIfindex, now.peerIfindex) ||
    differs(before.peerNetns, now.peerNetns)
  );
}

export function isBefore(a: NodeTime, b: NodeTime): boolean {
  return a.s < b.s || (a.s === b.s && a.ns < b.ns);
}
