// A packet as a chain sees it: where it is, whether conntrack has seen it, and what had to be presumed of it.
import type { HookName } from '../probe/firewall-facts.ts';
import type { Address } from '../route/address.ts';
import type { ConnectionState, FilterPacket, Tuple } from './filter-packet.ts';
import type { HookContext } from './hook-context.ts';

export interface PacketView {
  readonly packet: FilterPacket;
  readonly hook: HookName;
  readonly context: HookContext;
  /** False: this chain stands before conntrack. */
  readonly afterConntrack: boolean;
  /** Notes what could not be known and was taken for true. */
  presume(sentence: string): void;
}

export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;
export const ICMPV6 = 58;

/** TCP, UDP, DCCP, SCTP, UDP-Lite. */
export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === 33 || protocol === 132 || protocol === 136;
}

/** Without a connection's record the kernel says invalid, unless a rule said untracked (nf_ct_get). */
export function stateOf({ packet, afterConntrack }: PacketView): ConnectionState {
  const { state } = packet.connection;
  return afterConntrack || state === 'untracked' ? state : 'invalid';
}

/** Null: the packet has no record of conntrack here. */
export function recordOf(view: PacketView): FilterPacket['connection'] | null {
  const state = stateOf(view);
  return state === 'invalid' || state === 'untracked' ? null : view.packet.connection;
}

/** The tuple of an answer as conntrack expects it; null where translations yet to come or gone hide it. */
export function replyTuple({ packet }: PacketView): Tuple | null {
  const { state, direction, reply } = packet.connection;
  if (reply !== undefined) return reply;
  const inverted = { src: packet.dst, dst: packet.src, sport: packet.dport, dport: packet.sport };
  if (direction === 'reply') return null;
  return state === 'new' || state === 'related' ? inverted : null;
}

const DIGITS = new WeakMap<Address, string>();

/** As a scalar (filter-value.ts). */
export function addressScalar(address: Address): number | string {
  if (address.family === 4) return address.words[0] ?? 0;
  let digits = DIGITS.get(address);
  if (digits === undefined) {
    digits = '';
    for (const word of address.words) digits += word.toString(16).padStart(8, '0');
    DIGITS.set(address, digits);
  }
  return digits;
}

export function scalarAddress(scalar: number | string): Address {
  if (typeof scalar === 'number') return { family: 4, words: Uint32Array.of(scalar) };
  return {
    family: 6,
    words: Uint32Array.from([0, 8, 16, 24], (at) => Number.parseInt(scalar.slice(at, at + 8), 16)),
  };
}

export function isMulticast({ family, words }: Address): boolean {
  const [first = 0] = words;
  return family === 4 ? first >>> 28 === 14 : first >>> 24 === 0xff;
}
