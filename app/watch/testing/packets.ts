// What a packet is at one of the places that it passes, as a capture there has it.
import { EtherType, ethernet, sll2 } from '../../packet/testing/packets/link.ts';
import { icmp, ipv4, tcp, udp, vxlan } from '../../packet/testing/packets/network.ts';
import { join, u16, u32, zeros } from '../../packet/testing/packets/parts.ts';
import type { Hop, Network } from './network.ts';

/** What of it stays the same all the way. */
export type Content =
  | {
      readonly kind: 'tcp';
      readonly ports: Ports;
      readonly sequence: number;
      readonly acknowledgement: number;
      readonly flags: number;
      /** TSval; null: none. */
      readonly timestamp: number | null;
    }
  | { readonly kind: 'udp'; readonly ports: Ports; readonly payload: Uint8Array }
  | { readonly kind: 'echo'; readonly identifier: number; readonly number: number; readonly answers: boolean }
  /** Of a UDP datagram of two fragments, the first or the second. */
  | {
      readonly kind: 'fragment';
      readonly ports: Ports;
      readonly payload: Uint8Array;
      readonly second: boolean;
    }
  /** Destination unreachable; it quotes a datagram of the other direction. */
  | {
      readonly kind: 'unreachable';
      readonly code: number;
      readonly quoted: Content;
      readonly quotedId: number;
    };

export interface Ports {
  readonly client: number;
  readonly server: number;
}

export interface Built {
  readonly content: Content;
  /** Of TCP, bytes of payload. */
  readonly payload: number;
  /** From the client (0) or to it (1). */
  readonly direction: 0 | 1;
  /** IPv4's identification. */
  readonly id: number;
}

const OUTGOING = 4;
const FIRST_FRAGMENT = 48;

/** From the link header (SLL2) on. */
export function frameOf(network: Network, hop: Hop, packet: Built): Uint8Array {
  const inner = ipOf(network, hop.side, 64 - hop.routers, packet);
  const ip = hop.carried
    ? ipv4(
        17,
        udp(
          50_000,
          4789,
          // A datagram's sum of its bytes is of no interest here.
          vxlan(4096, ethernet(EtherType.ipv4, inner)),
        ),
        { id: 0, ttl: 64, source: '10.1.0.1', destination: '10.1.0.2' },
      )
    : inner;
  return sll2(EtherType.ipv4, ip, { ifindex: hop.ifindex, packetType: hop.way === 'out' ? OUTGOING : 0 });
}

function ipOf(
  network: Network,
  side: 0 | 1,
  ttl: number,
  { content, payload, direction, id }: Built,
): Uint8Array {
  const { client, server, clientShift, serverShift } = network.ends[side];
  const [source, destination] = direction === 0 ? [client, server] : [server, client];
  const fields = { id, ttl, source, destination };
  const portsOf = ({ client: from, server: to }: Ports): readonly [number, number] =>
    direction === 0 ? [from + clientShift, to + serverShift] : [to + serverShift, from + clientShift];
  switch (content.kind) {
    case 'tcp': {
      const { sequence, acknowledgement, flags, timestamp } = content;
      const options = timestamp === null ? zeros(0) : join([1, 1, 8, 10], u32(timestamp), u32(1));
      return ipv4(
        6,
        tcp(...portsOf(content.ports), zeros(payload), { sequence, acknowledgement, flags, options }),
        fields,
      );
    }
    case 'udp':
      return ipv4(17, udp(...portsOf(content.ports), content.payload), fields);
    case 'echo':
      return ipv4(
        1,
        icmp(
          content.answers ? 0 : 8,
          0,
          join(u16(content.identifier + clientShift), u16(content.number), 'ping'),
        ),
        fields,
      );
    case 'fragment': {
      const whole = udp(...portsOf(content.ports), content.payload);
      return content.second
        ? ipv4(17, whole.slice(FIRST_FRAGMENT), { ...fields, flags: 0, offset: FIRST_FRAGMENT / 8 })
        : ipv4(17, whole.slice(0, FIRST_FRAGMENT), { ...fields, flags: 1 });
    }
    case 'unreachable': {
      const about: Built = {
        content: content.quoted,
        payload: 0,
        direction: direction === 0 ? 1 : 0,
        id: content.quotedId,
      };
      const quoted = ipOf(network, side, ttl, about).slice(0, 28);
      return ipv4(1, icmp(3, content.code, join(u32(0), quoted)), fields);
    }
  }
}

/** A payload that no other packet has. */
export function tagged(tag: number): Uint8Array {
  return join(u32(0xfeed_0000), u32(tag), 'tag');
}

export function addressesOf(network: Network): ReadonlySet<string> {
  return new Set(network.ends.flatMap(({ client, server }) => [client, server]));
}
