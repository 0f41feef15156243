// What a topology was made of, kept beside it for the next build on top of it. Only a shortcut: a topology that nothing
// is remembered of (a copy, one from a file) builds to the same.
import type { Inventory } from '../probe/inventory.ts';
import type { NodePart } from './node-part.ts';
import type { BgpSession, NodeId, PodEntity, Topology } from './model.ts';

/** Which node an address belongs to; null when several have it (docker0's). */
export type AddressOwners = ReadonlyMap<string, { readonly id: NodeId; readonly label: string } | null>;

export interface Memory {
  /** By label. */
  readonly parts: ReadonlyMap<string, NodePart>;
  /** By label. Apart, since a session names its peer: one node more touches a session of every other. */
  readonly bgp: ReadonlyMap<string, readonly BgpSession[]>;
  readonly owners: AddressOwners;
  /** Kubernetes' Pods on nodes that were not read. */
  readonly unplaced: readonly PodEntity[];
  readonly inventory: Inventory | null;
}

const memories = new WeakMap<Topology, Memory>();

export function recall(topology: Topology): Memory | null {
  return memories.get(topology) ?? null;
}

export function remember(topology: Topology, memory: Memory): void {
  memories.set(topology, memory);
}
