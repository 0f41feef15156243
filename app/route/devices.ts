// What rules ask of devices: their group, and the VRF that they are or belong to (net/l3mdev/l3mdev.c, vrf.rst of the kernel's
// documentation). A VRF is a device of kind `vrf` with a table; those that have it as master are in it.
import type { Link } from '../probe/facts.ts';

export interface Vrf {
  readonly name: string;
  /** As ip prints it of the device: a number. */
  readonly table: string;
}

export interface Devices {
  /** False: nothing of what is asked here is known. */
  readonly known: boolean;
  readonly vrfs: readonly Vrf[];
  /** As ip names it. */
  groupOf(dev: string): string;
  vrfOf(dev: string): Vrf | null;
}

export const UNKNOWN_DEVICES: Devices = {
  known: false,
  vrfs: [],
  groupOf: () => DEFAULT_GROUP,
  vrfOf: () => null,
};

const DEFAULT_GROUP = 'default';

export function devicesOf(links: readonly Link[]): Devices {
  const byName = new Map(links.map((link) => [link.name, link]));
  const vrfs = new Map(
    links.flatMap(({ name, kernelKind, details }) => {
      const table = kernelKind === 'vrf' ? details?.find(([word]) => word === 'table')?.[1] : undefined;
      return table === undefined ? [] : [[name, { name, table }] as const];
    }),
  );
  return {
    // Text forms and BusyBox tell no groups and no tables.
    known: links.every(({ details }) => details !== undefined),
    vrfs: [...vrfs.values()],
    groupOf: (dev) => byName.get(dev)?.group ?? DEFAULT_GROUP,
    vrfOf: (dev) => vrfs.get(dev) ?? vrfs.get(byName.get(dev)?.masterName ?? '') ?? null,
  };
}
