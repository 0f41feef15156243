// A packet that nobody has done anything with: where each one that is followed begins, whoever made it.
import { newConnection, type Tuple } from '../firewall/filter-packet.ts';
import type { TracedPacket } from './packet.ts';

/** What Linux gives both families unless it is told otherwise (ip_default_ttl, hop_limit). */
const FIRST_TTL = 64;

/** All of it but what it carries: the first packet of a connection between these ends, met by no device, route or rule. */
export function blankPacket(ends: Tuple): Omit<TracedPacket, 'protocol' | 'length'> {
  return {
    ...ends,
    family: ends.dst.family,
    icmp: null,
    tcpFlags: 0,
    iif: null,
    oif: null,
    physIn: null,
    physOut: null,
    mark: 0,
    tos: 0,
    ttl: FIRST_TTL,
    connection: newConnection(ends),
    // Path MTU discovery is what Linux does unless a program asks for another.
    dontFragment: true,
    toMac: null,
    carriedIn: [],
  };
}
