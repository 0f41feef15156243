// The answer to a packet, as whoever got it sends it: ends changed, the first of its own life.
import { newConnection, type Tuple } from '../firewall/filter-packet.ts';
import type { TracedPacket } from './packet.ts';

const SYN_ACK = 0x12;
const FIRST_TTL = 64;
/** An echo reply (RFC 792, RFC 4443). */
const ECHO_REPLY = { 4: 0, 6: 129 } as const;

export function answerPacket(packet: TracedPacket): TracedPacket {
  const { src, dst, sport, dport, family } = packet;
  const tuple: Tuple = { src: dst, dst: src, sport: dport, dport: sport };
  return {
    ...packet,
    ...tuple,
    icmp: packet.icmp === null ? null : { type: ECHO_REPLY[family], code: 0 },
    tcpFlags: packet.tcpFlags === 0 ? 0 : SYN_ACK,
    iif: null,
    oif: null,
    physIn: null,
    physOut: null,
    mark: 0,
    ttl: FIRST_TTL,
    connection: newConnection(tuple),
    toMac: null,
  };
}
