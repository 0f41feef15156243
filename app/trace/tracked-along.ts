// Which namespaces conntrack is to be asked in for the connections of a packet that was followed, and between which addresses.
import { addressText, isUnspecified } from '../route/address.ts';
import type { FollowedPath } from './followed-path.ts';
import type { TraceTracked } from './model.ts';

/** Of all ways of a trace. */
const MOST_TRACKED = 64;

/** What carries it (a tunnel) is a connection of the nodes', about which nobody asked. */
export function trackedAlong(paths: readonly FollowedPath[]): TraceTracked[] {
  const found = new Map<string, TraceTracked>();
  for (const { arrivals } of paths)
    for (const { at, packet } of arrivals) {
      if (packet.carriedIn.length > 0 || found.size >= MOST_TRACKED) continue;
      const { netnsId, nodeLabel: node, pid, isPod } = at;
      const { family, protocol } = packet;
      const source = isUnspecified(packet.src) ? null : addressText(packet.src);
      const destination = addressText(packet.dst);
      found.set([netnsId, protocol, source, destination].join(' '), {
        node,
        netnsId,
        pid,
        inode: at.netns.inode,
        isPod,
        family,
        protocol,
        source,
        destination,
      });
    }
  return [...found.values()];
}
