// A rule as steps to be taken for a packet: what it asks, what it changes, how it ends.
import type { FilterPacket } from './filter-packet.ts';
import { Unknown, type Choice, type Tested } from './filter-value.ts';
import type { PacketView } from './packet-view.ts';

export type Ending =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'reject'; readonly with: string | null }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** Accepted by a nat chain, with these addresses from now on. */
  | { readonly kind: 'translated'; readonly packet: FilterPacket }
  /** Taken off the hook and sent from here (IPVS). */
  | { readonly kind: 'sent'; readonly packet: FilterPacket }
  | HandedOver;

/** Out of this hook's hands: to a program, to a socket, to another device. */
export interface HandedOver {
  readonly kind: 'unknown';
  readonly why: string;
  /** To a proxy that listens on that port here, and dropped where none does (xt_TPROXY.c); left out: to somebody else. */
  readonly proxyPort?: number;
  /** To nobody, as a sentence goes on: it is dropped (net/netfilter/nf_queue.c nf_queue); left out: to somebody. */
  readonly unheard?: string;
}

/** Null: the rule is left here, as if it had not been for the packet. */
export type Ended = Ending | null | Unknown | Choice<Ending | null | Unknown>;

export type Step =
  | { readonly kind: 'test'; test(view: PacketView): Tested }
  | { readonly kind: 'change'; change(view: PacketView): Changed }
  | { readonly kind: 'end'; end(view: PacketView): Ended };

/** Null: the rule is left here. */
export type Changed = FilterPacket | null | Unknown | Choice<FilterPacket | Unknown>;

export const test = (asked: (view: PacketView) => Tested): Step => ({ kind: 'test', test: asked });
export const change = (made: (view: PacketView) => Changed): Step => ({ kind: 'change', change: made });
export const end = (ending: Ended): Step => ({ kind: 'end', end: () => ending });
export const endBy = (ending: (view: PacketView) => Ended): Step => ({ kind: 'end', end: ending });

/** A condition that holds as long as something is not used up: taken for true, and said. */
export function presumed(holds: boolean, sentence: string): Step {
  return test((view) => {
    view.presume(sentence);
    return holds;
  });
}

export const unknownEnding = (why: string): Ending => ({ kind: 'unknown', why });

export function unknownTest(why: string): Step {
  const unknown = new Unknown(why);
  return test(() => unknown);
}

export function withMark(packet: FilterPacket, mark: number): FilterPacket {
  return packet.mark === mark ? packet : { ...packet, mark };
}

export function withConnectionMark(packet: FilterPacket, mark: number): FilterPacket {
  return packet.connection.mark === mark ? packet : { ...packet, connection: { ...packet.connection, mark } };
}

/** New = (old & ~mask) ^ value. */
export function xmark(old: number, value: number, mask: number): number {
  return ((old & ~mask) ^ value) >>> 0;
}

/** Where conntrack is to look for it: said before it does (raw). */
export function withZone({ packet, afterConntrack }: PacketView, zone: number): FilterPacket {
  return afterConntrack ? packet : { ...packet, connection: { ...packet.connection, zone } };
}

/** Of a packet that has no record of conntrack (yet). */
export function untracked({ packet, afterConntrack }: PacketView): FilterPacket {
  const { connection } = packet;
  const hasRecord = afterConntrack && connection.state !== 'invalid';
  return hasRecord ? packet : { ...packet, connection: { ...connection, state: 'untracked' } };
}
