// The packet that is followed.
import type { FilterPacket } from '../firewall/filter-packet.ts';

export interface TracedPacket extends FilterPacket {
  /** IPv4's DF bit: never to be cut into fragments. IPv6 behaves as if it were set. */
  readonly dontFragment: boolean;
  /** Null on the wire between two hosts; the MAC address that the frame was sent to, where that is known. */
  readonly toMac: string | null;
  /** Its route is asked for with this mark instead of its own (a tunnel's fwmark), until rules make the kernel ask again. */
  readonly routeMark?: number | undefined;
  /** Packets that this one is carried in, the outermost last. */
  readonly carriedIn: readonly Encapsulation[];
}

export interface Encapsulation {
  readonly kind: 'vxlan' | 'ipip' | 'wireguard' | 'geneve' | 'sit' | 'gre';
  /** The tunnel's device where it was put in. */
  readonly device: string;
  readonly vni: number | null;
  /** The MAC address of that device; null where it has none. */
  readonly fromMac: string | null;
  /** The packet as it was before, with what it was carried in then. */
  readonly inner: TracedPacket;
}
