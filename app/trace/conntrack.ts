// What connection tracking makes of a packet: net/netfilter/nf_conntrack_core.c nf_conntrack_in, nf_conntrack_proto_tcp.c tcp_new,
// nf_conntrack_proto_icmp.c; and how NAT goes on with a connection that it knows: nf_nat_core.c nf_nat_packet.
import { sameAddress, type Address } from '../route/address.ts';
import type { ConntrackEntry } from '../probe/conntrack-entries.ts';
import type { HookName } from '../probe/firewall-facts.ts';
import { ICMP, ICMP6, TCP } from './flow-words.ts';
import type { TracedNamespace } from './namespace.ts';
import type { TracedPacket } from './packet.ts';
import type { TrackedConnection } from './passage.ts';
import type { Tracking } from './walk.ts';

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** @param tracked what this namespace knows, the latest last. @param zone in which conntrack looks for it; null: that is left to chance. */
export function trackingOf(
  { sysctls }: TracedNamespace,
  packet: TracedPacket,
  tracked: readonly TrackedConnection[],
  zone: number | null = 0,
): Tracking {
  if (packet.protocol === ICMP6 && UNTRACKED_6.has(packet.icmp?.type ?? 0)) return { kind: 'none' };
  const isIn = (own: number | undefined): boolean => zone === null || own === undefined || own === zone;
  for (const connection of tracked.toReversed()) {
    const { protocol, original, reply, entry } = connection;
    const begunIn = original.connection.zone;
    if (protocol !== packet.protocol || isBegunAnew(entry, packet)) continue;
    if (isSameTuple(original, packet) && isIn(entry?.zone ?? begunIn))
      return { kind: 'known', connection, direction: 'original' };
    if (isSameTuple(reply, packet) && !isRequest(packet) && isIn(entry?.replyZone ?? begunIn))
      return { kind: 'known', connection, direction: 'reply' };
  }
  const isLoose = sysctls?.get('netfilter/nf_conntrack_tcp_loose') !== '0';
  if (!begins(packet, isLoose)) return { kind: 'invalid' };
  const { connection } = packet;
  const first = zone === null ? packet : { ...packet, connection: { ...connection, zone } };
  return { kind: 'new', first };
}

/** A SYN to a connection that is over ends its entry and begins another (tcp_packet: NF_REPEAT). */
function isBegunAnew(entry: ConntrackEntry | undefined, { protocol, tcpFlags }: TracedPacket): boolean {
  return protocol === TCP && (tcpFlags & (SYN | ACK)) === SYN && OVER.has(entry?.state ?? '');
}

export const OVER: ReadonlySet<string> = new Set(['TIME_WAIT', 'CLOSE']);

/** Whether conntrack takes a packet of no connection that it knows as the first of one. */
function begins({ protocol, tcpFlags, icmp }: TracedPacket, isLoose: boolean): boolean {
  if (protocol === TCP) {
    if ((tcpFlags & (SYN | ACK | RST | FIN)) === SYN) return true;
    // From the middle of a connection only what acknowledges is picked up.
    return isLoose && (tcpFlags & (SYN | RST | ACK)) === ACK;
  }
  if (protocol === ICMP) return icmp === null || REQUESTS_4.has(icmp.type);
  if (protocol === ICMP6) return icmp === null || REQUESTS_6.has(icmp.type);
  return true;
}

/** Multicast listeners, routers and neighbours: nf_conntrack_proto_icmpv6.c noct_valid_new. */
const UNTRACKED_6: ReadonlySet<number> = new Set([130, 131, 132, 133, 134, 135, 136, 143]);

/** Echo, timestamp, information, address mask; of ICMPv6 echo and node information. */
const REQUESTS_4: ReadonlySet<number> = new Set([8, 13, 15, 17]);
const REQUESTS_6: ReadonlySet<number> = new Set([128, 139]);

function isRequest({ protocol, icmp }: TracedPacket): boolean {
  if (icmp === null) return false;
  return protocol === ICMP ? REQUESTS_4.has(icmp.type) : protocol === ICMP6 && REQUESTS_6.has(icmp.type);
}

function isSameTuple(a: TracedPacket, b: TracedPacket): boolean {
  return (
    a.family === b.family &&
    a.sport === b.sport &&
    a.dport === b.dport &&
    sameAddress(a.src, b.src) &&
    sameAddress(a.dst, b.dst)
  );
}

/** As filters see it. */
export function connectionOf(tracking: Tracking, packet: TracedPacket): TracedPacket['connection'] {
  const { src, dst, sport, dport } = packet;
  const own = {
    mark: 0,
    dnat: false,
    snat: false,
    direction: 'original',
    original: { src, dst, sport, dport },
  } as const;
  switch (tracking.kind) {
    case 'none':
      return { ...own, state: 'untracked' };
    case 'invalid':
      return { ...own, state: 'invalid' };
    case 'new':
      return { ...own, state: 'new' };
    case 'known': {
      const { connection, direction } = tracking;
      const { original, reply, entry } = connection;
      return {
        // Established is what has been answered (nf_ct_get_info): on the way forth nothing has, but for what was there before.
        state: direction === 'reply' || entry?.isReplied === true ? 'established' : 'new',
        mark: reply.connection.mark,
        dnat: !isSameEnd(original.dst, original.dport, reply.src, reply.sport),
        snat: !isSameEnd(original.src, original.sport, reply.dst, reply.dport),
        direction,
        original: { src: original.src, dst: original.dst, sport: original.sport, dport: original.dport },
        ...(entry === undefined
          ? {}
          : { reply: { src: reply.src, dst: reply.dst, sport: reply.sport, dport: reply.dport } }),
      };
    }
  }
}

function isSameEnd(a: Address, port: number, b: Address, other: number): boolean {
  return port === other && sameAddress(a, b);
}

/** Whether NAT has decided for this connection, so that no rule of it is asked again. */
export function natSettled({ kind }: Tracking): boolean {
  return kind === 'known';
}

/** Rules may say that a packet is not to be tracked (raw; CT --notrack). */
export function trackingAfter(hook: HookName, tracking: Tracking, packet: TracedPacket): Tracking {
  const mayEnd = hook === 'prerouting' || hook === 'output';
  return mayEnd && packet.connection.state === 'untracked' ? { kind: 'none' } : tracking;
}

/** Of a known connection: what is before the route changes where it goes to, what is after it where it comes from. */
export function translated(hook: HookName, tracking: Tracking, packet: TracedPacket): TracedPacket {
  if (tracking.kind !== 'known') return packet;
  const { original, reply } = tracking.connection;
  const { direction } = tracking;
  if (hook === 'prerouting' || hook === 'output') {
    const [dst, dport] = direction === 'original' ? [reply.src, reply.sport] : [original.src, original.sport];
    return isSameEnd(packet.dst, packet.dport, dst, dport) ? packet : { ...packet, dst, dport };
  }
  if (hook === 'postrouting' || hook === 'input') {
    const [src, sport] = direction === 'original' ? [reply.dst, reply.dport] : [original.dst, original.dport];
    return isSameEnd(packet.src, packet.sport, src, sport) ? packet : { ...packet, src, sport };
  }
  return packet;
}
