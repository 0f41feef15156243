// Two samples of a node side by side. What is new or was made anew between them has nothing to compare with: it counts from the
// next sample on.
import type { CountersReading, DeviceCounters, NamespaceCounters } from '../probe/counter-facts.ts';
import { rise } from './counter-rise.ts';

export type DeviceColumn = Exclude<keyof DeviceCounters, 'name'>;

export interface DeviceRises {
  readonly name: string;
  readonly of: (column: DeviceColumn) => number;
  /** Its driver tells multicast apart. */
  readonly countsMulticast: boolean;
}

export interface NamespaceRises {
  /** Null is the node's own. */
  readonly inode: number | null;
  /** A counter that this kernel does not have never rises. */
  readonly of: (counter: string) => number;
  /** Both samples have it. */
  readonly has: (counter: string) => boolean;
  readonly devices: readonly DeviceRises[];
  /** Those that are in the later sample alone. */
  readonly newDevices: readonly DeviceCounters[];
  /** A device went or began anew: what it received last nobody knows. */
  readonly lostDevices: boolean;
}

export function namespaceRises(before: CountersReading, after: CountersReading): NamespaceRises[] {
  const older = new Map(before.namespaces.map((one) => [keyOf(one), one]));
  return after.namespaces.flatMap((now) => {
    const old = older.get(keyOf(now));
    if (old === undefined) return [];
    const devices = new Map(old.devices.map((device) => [device.name, device]));
    const names = new Map(now.devices.map((device) => [device.name, device]));
    const has = (counter: string): boolean => old.counters.has(counter) && now.counters.has(counter);
    return {
      inode: now.identity?.inode ?? null,
      has,
      of: (counter) =>
        has(counter) ? rise(old.counters.get(counter) ?? 0, now.counters.get(counter) ?? 0) : 0,
      devices: now.devices.flatMap((device): DeviceRises[] => {
        const was = devices.get(device.name);
        if (was === undefined) return [];
        const of = (column: DeviceColumn): number => rise(was[column], device[column]);
        return [{ name: device.name, of, countsMulticast: was.rxMulticast > 0 }];
      }),
      newDevices: now.devices.filter(({ name }) => !devices.has(name)),
      lostDevices: old.devices.some(
        ({ name, rxPackets }) => !((names.get(name)?.rxPackets ?? -1) >= rxPackets),
      ),
    };
  });
}

/** An inode alone is reused at once: the oldest process tells two namespaces of one inode apart. */
function keyOf({ identity }: NamespaceCounters): string {
  return identity === null ? 'node' : `${identity.inode}@${identity.startTicks}`;
}
