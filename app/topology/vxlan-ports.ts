// By which UDP ports VXLAN is known in a cluster: those that its cluster file names, and those that nodes' own devices are set to (`ip -d link`).
import { VXLAN_PORTS } from '../packet/tunnel-ports.ts';
import type { Topology } from './model.ts';

/** A node may have devices by the thousand, and a cluster few ports. */
const MOST = 64;

/** Beside the usual ones, in order. */
export function vxlanPortsOf(
  interfaces: Topology['interfaces'],
  named: readonly number[],
): readonly number[] {
  const ports = new Set(named);
  for (const { kind, tunnel } of Object.values(interfaces)) {
    const port = tunnel?.port ?? null;
    if (kind === 'vxlan' && port !== null && port > 0 && port <= 0xffff && ports.size < MOST) ports.add(port);
  }
  return [...ports].filter((port) => !VXLAN_PORTS.includes(port)).sort((a, b) => a - b);
}
