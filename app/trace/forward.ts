// A packet for others: net/ipv4/ip_forward.c ip_forward, net/ipv6/ip6_output.c ip6_forward. First its time to live, then its size, then
// the rules.
import { addressText } from '../route/address.ts';
import type { Passage } from './passage.ts';
import { passFilters } from './pass-filters.ts';
import type { WayOut } from './routing.ts';
import { commandIn, evidenceOf, passes, stops, type Ground, type Walk } from './walk.ts';

export function forward(
  ground: Ground,
  walk: Walk,
  way: WayOut,
  next: (walk: Walk) => readonly Passage[],
): readonly Passage[] {
  const { at } = ground;
  const { packet } = walk;
  if (packet.ttl <= 1) return ttlExceeded(ground, walk);
  if (packet.family === 6 && (packet.src.words[0] ?? 0) >>> 22 === 0xfe80 >>> 6)
    return stops(walk, 'rejected', 'martian-source', {
      stage: 'forward',
      sentence: `${addressText(packet.src)} is an address of one link only: ${at.name} does not pass it on, and the sender is told.`,
    });
  return fit(ground, walk, way, 'forward', (fitting) => {
    const routed = { ...fitting, packet: { ...fitting.packet, ttl: packet.ttl - 1, oif: way.device } };
    return passFilters(ground, 'forward', routed, next);
  });
}

export function ttlExceeded({ at }: Ground, walk: Walk): Passage[] {
  return stops(walk, 'rejected', 'ttl-exceeded', {
    stage: 'forward',
    sentence: `${walk.packet.family === 6 ? 'Its hop limit' : 'Its time to live'} has come to its end at ${at.name}, and the sender is told.`,
  });
}

/** The kernel's least for IPv6 (IPV6_MIN_MTU). */
const LEAST_6 = 1280;

/** Bytes that may leave that way at once: the route's own MTU before the device's; null: not known. */
export function mtuOf({ at }: Ground, { device, route }: WayOut, family: 4 | 6): number | null {
  const mtu = route?.mtu ?? at.devices.get(device)?.mtu ?? null;
  return mtu === null || family === 4 ? mtu : Math.max(mtu, LEAST_6);
}

/** Stops what is too big and must not be cut; cuts what may be. */
export function fit(
  ground: Ground,
  walk: Walk,
  way: WayOut,
  stage: 'forward' | 'send' | 'transmit',
  next: (walk: Walk) => readonly Passage[],
): readonly Passage[] {
  const { at } = ground;
  const { packet } = walk;
  const mtu = mtuOf(ground, way, packet.family);
  if (mtu === null || packet.length <= mtu) return next(walk);
  const whose = way.route?.mtu === undefined ? way.device : 'its route';
  const words = {
    stage,
    device: way.device,
    evidence: evidenceOf(at, whose === way.device ? 'links' : `routes${packet.family}`),
    command:
      whose === way.device
        ? commandIn(at, 'ip', 'link', 'show', 'dev', way.device)
        : commandIn(at, 'ip', 'route', 'get', addressText(packet.dst)),
  } as const;
  // Who sends it may cut it itself; on the way nobody cuts a packet of IPv6.
  const isWhole = packet.dontFragment || (packet.family === 6 && stage === 'forward');
  if (isWhole)
    return stops(walk, 'rejected', 'too-big', {
      ...words,
      device: stage === 'forward' ? walk.seenAt : way.device,
      sentence: `Its ${packet.length} bytes are more than the ${mtu} that ${whose} takes, and it must not be cut: the sender is told.`,
    });
  return next(
    passes(
      { ...walk, packet: { ...packet, length: mtu } },
      {
        ...words,
        sentence: `Its ${packet.length} bytes are cut into fragments of at most ${mtu}, which is what ${whose} takes.`,
      },
    ),
  );
}
