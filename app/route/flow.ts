// What a route is chosen for: the fields of a packet that rules and tables look at (Linux struct flowi).
import { parseAddress, type Address } from './address.ts';

export interface Flow {
  readonly dst: Address;
  /** Null: not chosen yet, as for a socket that connects. */
  readonly src: Address | null;
  /** The device it came in by; null for what this machine sends itself (the kernel's `lo`). */
  readonly iif: string | null;
  /** A device that the sender insists on, or its VRF. */
  readonly oif: string | null;
  /** The device whose VRF the packet is in (flowi_l3mdev). Left out: that of `oif`, else that of `iif`. */
  readonly l3dev?: string;
  readonly mark: number;
  /** Eight bits. */
  readonly tos: number;
  /** IP protocol number; 0 for none. */
  readonly ipproto: number;
  readonly sport: number;
  readonly dport: number;
  readonly uid: number;
}

export type FlowFields = Partial<Omit<Flow, 'dst' | 'src'>>;

/** What a packet has of which nothing more is known than where it goes. */
export const NO_FIELDS = {
  src: null,
  iif: null,
  oif: null,
  mark: 0,
  tos: 0,
  ipproto: 0,
  sport: 0,
  dport: 0,
  uid: 0,
} as const;

/** Null when an address is none, or the two are of different families. */
export function flowOf(dst: string, src: string | null, fields: FlowFields = {}): Flow | null {
  const to = parseAddress(dst);
  const from = src === null ? null : parseAddress(src);
  if (to === null || (src !== null && from?.family !== to.family)) return null;
  return {
    ...NO_FIELDS,
    dst: to,
    src: from,
    ...fields,
  };
}

/** The reverse way, as the kernel asks for it to validate a source. */
export function reversed(flow: Flow, src: Address): Flow {
  return { ...flow, dst: src, src: flow.dst, sport: flow.dport, dport: flow.sport };
}
