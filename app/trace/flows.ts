// Connections that conntrack already has of the packet that is asked about: they fare as they began, a new one as today's rules say.
import type { ConntrackEntry, ConntrackTuple } from '../probe/conntrack-entries.ts';
import { newConnection, type Tuple } from '../firewall/filter-packet.ts';
import { addressText, isUnspecified, parseAddress, sameAddress } from '../route/address.ts';
import type { NetnsId } from '../topology/model.ts';
import { OVER } from './conntrack.ts';
import { isOwnAddress } from './filter-context.ts';
import { ICMP, ICMP6, TCP } from './flow-words.ts';
import type { FollowedPath, Start } from './followed-path.ts';
import type { ConntrackReading } from './model.ts';
import type { TracedPacket } from './packet.ts';
import type { TrackedConnection } from './passage.ts';

/** Packets that are followed, each of another connection. */
export const MOST_FLOWS = 64;

const SYN = 0x02;
const ACK = 0x10;

/** What each namespace tracks, as it was read. */
export function listedConnections(
  readings: readonly ConntrackReading[],
  packet: TracedPacket,
): Map<NetnsId, readonly TrackedConnection[]> {
  return new Map(
    readings.map(({ netnsId, entries }) => [
      netnsId,
      entries.flatMap((entry) => connectionOfEntry(entry, packet) ?? []),
    ]),
  );
}

function connectionOfEntry(entry: ConntrackEntry, packet: TracedPacket): TrackedConnection | null {
  const [original, reply] = [tupleOf(entry.original), tupleOf(entry.reply)];
  if (original === null || reply === null) return null;
  const as = (tuple: Tuple): TracedPacket => ({
    ...packet,
    ...tuple,
    family: tuple.src.family,
    connection: { ...newConnection(tuple), mark: entry.mark },
  });
  return { protocol: entry.protocol, original: as(original), reply: as(reply), entry };
}

/** Null: of two families, or no addresses. */
function tupleOf({ src, dst, sport, dport }: ConntrackTuple): Tuple | null {
  const [from, to] = [parseAddress(src), parseAddress(dst)];
  return from === null || from.family !== to?.family ? null : { src: from, dst: to, sport, dport };
}

/**
 * A packet of each connection that goes as the asked one does, from whichever side it was begun.
 * @param sport as it was asked for; null: any.
 */
export function packetsOfFlows(
  { at, packet }: Start,
  sport: number | null,
  listed: ReadonlyMap<NetnsId, readonly TrackedConnection[]>,
): TracedPacket[] {
  const packets = new Map<string, TracedPacket>();
  for (const connections of listed.values())
    for (const { protocol, original, reply, entry } of connections) {
      const state = entry?.state ?? null;
      if (protocol !== packet.protocol || (state !== null && OVER.has(state))) continue;
      for (const [tuple, begins] of [
        [original, true],
        [reply, false],
      ] as const) {
        const isSource = isUnspecified(packet.src)
          ? isOwnAddress(at, tuple.src)
          : sameAddress(tuple.src, packet.src);
        if (!isSource || !sameAddress(tuple.dst, packet.dst)) continue;
        if (packet.dport !== 0 && tuple.dport !== packet.dport) continue;
        if (sport !== null && tuple.sport !== sport) continue;
        const own: Tuple = { src: tuple.src, dst: tuple.dst, sport: tuple.sport, dport: tuple.dport };
        const key = `${addressText(own.src)} ${String(own.sport)} ${String(own.dport)}`;
        if (!packets.has(key) && packets.size < MOST_FLOWS)
          packets.set(key, {
            ...packet,
            ...own,
            icmp: icmpOf(packet, begins),
            tcpFlags: protocol === TCP ? (begins && state === 'SYN_SENT' ? SYN : ACK) : 0,
            connection: newConnection(own),
          });
      }
    }
  return [...packets.values()];
}

function icmpOf({ icmp, protocol }: TracedPacket, begins: boolean): TracedPacket['icmp'] {
  if (begins || icmp === null) return icmp;
  return { type: protocol === ICMP ? 0 : protocol === ICMP6 ? 129 : icmp.type, code: 0 };
}

/**
 * Two packets of the same fate pass the same devices, end alike, and are for the same in the end.
 * @param ofPort false: no port was asked about, so that the last one is no difference.
 */
export function fateOf({ hops, end, last }: FollowedPath, ofPort: boolean): string {
  const packet = end.kind === 'delivered' || end.kind === 'outside' ? end.packet : last;
  return JSON.stringify([
    hops.map(({ netnsId, ingress, egress, action }) => [netnsId, ingress, egress, action]),
    end.kind,
    end.kind === 'stopped' ? end.reason : '',
    addressText(packet.dst),
    ofPort ? packet.dport : null,
  ]);
}
