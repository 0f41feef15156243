// What rules ask of the namespace around a packet: its addresses, routes and devices.
import type { Address } from '../route/address.ts';
import type { FilterPacket } from './filter-packet.ts';

/** What a route leads to; null: there is none. */
export type RouteFound = {
  /** unicast, local, blackhole … */
  readonly type: string;
  /** Of all its paths. */
  readonly devices: readonly string[];
} | null;

export interface RouteAsked {
  readonly mark: number;
  readonly tos: number;
  /** Among routes by this device alone (IPv6's oif); null: among all. */
  readonly device: string | null;
  /** On whose behalf. */
  readonly packet: FilterPacket;
}

/** `unknown`: what would have to be known was not read. */
export interface HookContext {
  /** Numbers of the queues that programs listen to; left out: not known. */
  readonly queues?: readonly number[];
  /** Seconds since the epoch by the node's clock, when the rules were read; left out: not known. */
  readonly now?: number;
  /**
   * What routes say of an address, for `-m addrtype` and nftables' `fib … type`: local, unicast, broadcast, multicast, anycast,
   * blackhole, unreachable, prohibit. `device`: addresses of that one alone are local (`--limit-iface-in`, `fib daddr . iif`).
   */
  addressTypes(address: Address, device: string | null): readonly string[] | 'unknown';
  /** Of the device, what MASQUERADE takes for packets to `destination`; null: it has none. */
  sourceFor(device: string, destination: Address): Address | null | 'unknown';
  /** The first address of the device, which REDIRECT leads to; null: it has none. */
  addressOf(device: string, family: 4 | 6): Address | null | 'unknown';
  /**
   * The route of a packet of this namespace's own for `destination` from `source`, as `-m rpfilter` asks (with the packet's addresses
   * the other way round) and nftables' `fib`.
   */
  routeTo(destination: Address, source: Address, asked: RouteAsked): RouteFound | 'unknown';
  /** Null: there is no such device. */
  device(name: string): HookDevice | null | 'unknown';
}

export interface HookDevice {
  readonly ifindex: number;
  /** As ip names it: `default`, or a number; null where it was not told. */
  readonly group: string | null;
  /** veth, bridge, …; null where it was not told. */
  readonly kind: string | null;
}

/** Nothing is known of the namespace but its rules. */
export const UNKNOWN_CONTEXT: HookContext = {
  addressTypes: () => 'unknown',
  sourceFor: () => 'unknown',
  addressOf: () => 'unknown',
  routeTo: () => 'unknown',
  device: () => 'unknown',
};
