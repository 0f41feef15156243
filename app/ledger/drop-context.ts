// What the topology adds to bare counters: what kind of device it is, what stands at its other end, which routes there are.
import type { NodeReading } from '../topology/input.ts';
import type { InterfaceEntity, InterfaceKind, Topology } from '../topology/model.ts';
import { livingNode } from './living-node.ts';
import { vxlanStrangers, type VxlanStranger } from './vxlan-strangers.ts';

export interface DeviceContext {
  readonly kind: InterfaceKind;
  /** The other end of a veth; null when it is not known. `inode` is null in the node's own namespace. */
  readonly peer: { readonly inode: number | null; readonly name: string; readonly up: boolean | null } | null;
  /** Null: not known. */
  readonly carrier: boolean | null;
}

export interface DropContext {
  /** By `deviceKey`. */
  readonly devices: ReadonlyMap<string, DeviceContext>;
  /** Types of the routes in the node's own namespace; null when they are not known. */
  readonly routeTypes: ReadonlySet<string> | null;
  /** Who sends VXLAN here that no device takes. */
  readonly strangers: readonly VxlanStranger[];
}

export const noContext: DropContext = { devices: new Map(), routeTypes: null, strangers: [] };

export function deviceKey(inode: number | null, name: string): string {
  return `${String(inode ?? 'node')}/${name}`;
}

export function dropContext(
  topology: Topology,
  readings: ReadonlyMap<string, NodeReading>,
  nodeLabel: string,
): DropContext {
  const node = livingNode(topology, nodeLabel);
  if (node === null) return noContext;
  const devices = new Map<string, DeviceContext>();
  for (const one of Object.values(topology.interfaces)) {
    if (one.nodeId !== node.id || one.until !== null) continue;
    const peer = topology.interfaces[one.peer?.interfaceId ?? ''];
    devices.set(deviceKey(inodeOf(topology, one), one.name), {
      kind: one.kind,
      carrier: one.carrier,
      peer: peer === undefined ? null : { inode: inodeOf(topology, peer), name: peer.name, up: peer.adminUp },
    });
  }
  const forwarding = topology.forwarding[node.rootNetns];
  return {
    devices,
    routeTypes: forwarding === undefined ? null : new Set(forwarding.routes.map(({ type }) => type)),
    strangers: vxlanStrangers(topology, readings, nodeLabel),
  };
}

function inodeOf(topology: Topology, { netnsId }: InterfaceEntity): number | null {
  const netns = topology.netns[netnsId];
  return netns === undefined || netns.root ? null : netns.inode;
}
