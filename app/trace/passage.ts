// The border between passing through one namespace (pass-namespace.ts) and crossing from one to the next (cross.ts).
import type { InterfaceEntity } from '../topology/model.ts';
import type { TracedPacket } from './packet.ts';
import type { TraceStep } from './model.ts';
import type { TracedNamespace } from './namespace.ts';

/** Where a packet enters a namespace: from a socket of it, or by a device. */
export interface Arrival {
  readonly at: TracedNamespace;
  /** Null: a process here sends it. */
  readonly device: string | null;
  readonly packet: TracedPacket;
}

/** How a passage through a namespace ends. */
export type Departure =
  /** It leaves by `device` for `nextHop`, the address whose MAC is looked for; null where none is (tunnels, loopback). */
  | {
      readonly kind: 'leaves';
      readonly device: InterfaceEntity;
      readonly nextHop: string | null;
      readonly packet: TracedPacket;
    }
  /** A socket or the namespace's own ICMP takes it. */
  | { readonly kind: 'delivered'; readonly packet: TracedPacket }
  /** `device`: the interface after which nobody sees it any more. */
  | { readonly kind: 'dropped'; readonly device: string | null; readonly reason: StopReason }
  /** Its sender is told, by ICMP or a TCP reset. */
  | { readonly kind: 'rejected'; readonly device: string | null; readonly reason: StopReason }
  | { readonly kind: 'unknown'; readonly why: string };

/** Why it stops, in the words by which detectors (app/diagnose) tell causes apart. */
export type StopReason =
  | 'no-route'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'forwarding-off'
  | 'reverse-path'
  | 'martian-source'
  | 'martian-destination'
  | 'source-not-local'
  | 'filter-drop'
  | 'filter-reject'
  | 'ttl-exceeded'
  | 'too-big'
  | 'neighbour-failed'
  | 'wrong-neighbour'
  | 'device-missing'
  | 'device-down'
  | 'no-carrier'
  | 'peer-gone'
  | 'peer-mtu'
  | 'fdb-missing'
  | 'vni-unknown'
  | 'tunnel-missing'
  | 'no-socket'
  | 'nobody-has-address'
  | 'conntrack-full'
  | 'loop';

/** One of the ways that a packet may take through a namespace. */
export interface Passage {
  /** Of the packets that arrive, 0 to 1. */
  readonly share: number;
  readonly steps: readonly TraceStep[];
  readonly departure: Departure;
  /** What conntrack of this namespace remembers of it, for the way back. */
  readonly tracked: TrackedConnection | null;
}

export interface TrackedConnection {
  readonly protocol: number;
  /** As it came, and what an answer to it looks like here. */
  readonly original: TracedPacket;
  readonly reply: TracedPacket;
}
