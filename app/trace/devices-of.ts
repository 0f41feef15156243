// How the devices of one namespace stand on each other, and what only their own tools tell of them.
import type { InterfaceEntity } from '../topology/model.ts';
import type { KnownNamespace } from './namespaces.ts';

/** The bridge, bond or VRF that it is enslaved to. */
export function masterOf(at: KnownNamespace, { masterIfindex }: InterfaceEntity): InterfaceEntity | null {
  return masterIfindex === null ? null : deviceNumbered(at, masterIfindex);
}

/** The bridge or bond that takes whatever comes in by it; a VRF leaves the packet to the device. */
export function takerOf(
  { devices }: Pick<KnownNamespace, 'devices'>,
  { masterIfindex }: InterfaceEntity,
): InterfaceEntity | null {
  if (masterIfindex === null) return null;
  for (const one of devices.values())
    if (one.ifindex === masterIfindex) return one.kind === 'bridge' || one.kind === 'bond' ? one : null;
  return null;
}

/** What is enslaved to it. */
export function slavesOf(at: KnownNamespace, { ifindex }: InterfaceEntity): InterfaceEntity[] {
  return [...at.devices.values()].filter(({ masterIfindex }) => masterIfindex === ifindex);
}

/** The number of the device below (VLAN, macvlan) or at the other end, as the kernel tells; null where it was not read. */
export function lowerIfindexOf(at: KnownNamespace, { name }: InterfaceEntity): number | null {
  return at.links.get(name)?.peerIfindex ?? null;
}

/** The device below, in the same namespace. */
export function lowerOf(at: KnownNamespace, device: InterfaceEntity): InterfaceEntity | null {
  const named = at.links.get(device.name)?.peerName ?? null;
  if (named !== null) return at.devices.get(named) ?? null;
  const ifindex = lowerIfindexOf(at, device);
  return ifindex === null ? null : deviceNumbered(at, ifindex);
}

/** The tag of a VLAN device; null where it was not told. */
export function vlanOf(at: KnownNamespace, { name }: InterfaceEntity): number | null {
  const id = detailOf(at, name, 'id');
  return id !== null && /^\d{1,4}$/.test(id) ? Number(id) : null;
}

/** A word of `ip -d link`; null where it was not printed. */
export function detailOf(at: KnownNamespace, device: string, word: string): string | null {
  return at.links.get(device)?.details?.find(([name]) => name === word)?.[1] ?? null;
}

/** As the kernel calls it. */
export function kindOf({ kind, kernelKind }: InterfaceEntity): string {
  return kernelKind ?? kind;
}

/** Frames of it have MAC addresses. */
export function hasMacs(at: KnownNamespace, device: InterfaceEntity): boolean {
  return device.kind !== 'netkit' || detailOf(at, device.name, 'mode') === 'l2';
}

function deviceNumbered(at: KnownNamespace, ifindex: number): InterfaceEntity | null {
  for (const one of at.devices.values()) if (one.ifindex === ifindex) return one;
  return null;
}
