// One packet through one network namespace, in the order in which Linux decides: Documentation/networking and the files named in each
// stage. Comes in: device, prerouting, route, then input and socket, or forward, postrouting, neighbour, device. Sent from here: route,
// source, output, postrouting, neighbour, device.
import { showsToFilters } from './bridge-netfilter.ts';
import { connectionOf } from './conntrack.ts';
import { deliver, toSocket } from './deliver.ts';
import { filterContext } from './filter-context.ts';
import { forward } from './forward.ts';
import { routeIncoming } from './incoming.ts';
import { leave } from './leave.ts';
import type { Arrival, Passage, PassOptions } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import { receive } from './receive.ts';
import type { WayOut } from './routing.ts';
import { send, sendOn } from './send.ts';
import { track } from './track.ts';
import { passes, rememberedOf, type Ground, type Walk } from './walk.ts';

/**
 * The ways that the packet may take, with shares that sum to 1. Nothing that was not read stops it: that is presumed and said, and only
 * where all depends on it the passage ends as unknown.
 */
export function passNamespace(arrival: Arrival, options: PassOptions): Passage[] {
  const { at, device } = arrival;
  const ground: Ground = { at, options, context: filterContext(at) };
  const packet = { ...arrival.packet, iif: device, oif: null };
  const walk: Walk = {
    share: 1,
    packet,
    tracking: { kind: 'none' },
    steps: [],
    lookups: [],
    seenAt: device,
  };
  const ways =
    device === null
      ? send(ground, walk, (sent, way) => leaveBy(ground, sent, way))
      : receive(ground, device, walk, (received) =>
          track(ground, received, (tracked) => fromDevice(ground, tracked, device)),
        );
  return [...ways];
}

function fromDevice(ground: Ground, walk: Walk, device: string): readonly Passage[] {
  // What a bridge takes itself is shown to these filters while it is still at the port.
  const { physIn } = walk.packet;
  const shown = physIn !== null && showsToFilters(ground.at, walk.packet.family, device) ? physIn : null;
  // Where br_netfilter shows them nothing, they do not know of a port, either (nf_bridge_alloc).
  const packet = { ...walk.packet, physIn: ground.at.sysctls === null ? physIn : shown };
  return passFilters(ground, 'prerouting', { ...walk, packet, seenAt: shown ?? walk.seenAt }, (entered) =>
    routeIncoming(ground, { ...entered, seenAt: walk.seenAt }, device, {
      local: (own) => takeIn(ground, own),
      forward: (others, way) => forward(ground, others, way, (passed) => leaveBy(ground, passed, way)),
    }),
  );
}

export function takeIn(ground: Ground, walk: Walk): readonly Passage[] {
  return deliver(ground, walk, (served) =>
    sendOn(
      ground,
      served,
      (own) => toSocket(ground, own),
      (sent, way) => leaveBy(ground, sent, way),
    ),
  );
}

export function leaveBy(ground: Ground, walk: Walk, way: WayOut): readonly Passage[] {
  return leave(ground, walk, way, (looped) => comeBack(ground, looped));
}

/** By the loopback device: with its route and its connection (loopback_xmit), so that neither routes nor NAT are asked again. */
function comeBack(ground: Ground, walk: Walk): readonly Passage[] {
  const connection = rememberedOf(walk);
  const tracking: Walk['tracking'] =
    walk.tracking.kind === 'new' && connection !== null
      ? { kind: 'known', connection, direction: 'original' }
      : walk.tracking;
  const packet = { ...walk.packet, iif: 'lo', oif: null };
  const back = passes(
    {
      ...walk,
      tracking,
      packet: { ...packet, connection: { ...connectionOf(tracking, packet), mark: packet.connection.mark } },
      seenAt: 'lo',
    },
    {
      stage: 'receive',
      device: 'lo',
      sentence: `It comes back to ${ground.at.name} by its loopback device.`,
    },
  );
  return passFilters(ground, 'prerouting', back, (entered) => takeIn(ground, entered));
}
