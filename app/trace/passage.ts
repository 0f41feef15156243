// The border between passing through one namespace (pass-namespace.ts) and crossing from one to the next (cross.ts).
import type { ConntrackEntry } from '../probe/conntrack-entries.ts';
import type { Flow } from '../route/flow.ts';
import type { KernelAnswer } from '../route/kernel-lookup.ts';
import type { InterfaceEntity } from '../topology/model.ts';
import type { TracedPacket } from './packet.ts';
import type { TraceStep } from './model.ts';
import type { TracedNamespace } from './namespace.ts';

/**
 * Where a packet enters a namespace: from a socket of it, or by a device. Of what a socket sends, a source of all zeros is not chosen
 * yet: the kernel chooses it by the route. A destination port 0 of TCP or UDP was not said: it decides nothing, and no socket is looked for.
 */
export interface Arrival {
  readonly at: TracedNamespace;
  /** Null: a process here sends it. */
  readonly device: string | null;
  readonly packet: TracedPacket;
}

/** How a passage through a namespace ends. */
export type Departure =
  /** It leaves by `device` for `nextHop`, the address whose MAC is looked for; where none is (tunnels), the route's gateway, or null. */
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
  | 'ipv6-disabled'
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
  /** A bridge passes it on to no port: back where it came from, one that is down, or none. */
  | 'bridge-port'
  /** A port of a bridge that lets nothing pass: by its state (STP), or as it is isolated from the other one. */
  | 'port-closed'
  /** A queue of tc, or a filter of tc at a device, takes it. */
  | 'tc-drop'
  /** A tunnel's end takes nothing that seems to come from itself. */
  | 'own-mac'
  | 'vni-unknown'
  | 'tunnel-missing'
  | 'no-socket'
  | 'echo-ignored'
  | 'nobody-has-address'
  | 'conntrack-full'
  /** An answer that comes from somebody else than who was asked: nobody waits for it. */
  | 'unasked'
  | 'loop';

export interface PassOptions {
  /** What this namespace tracks: entries that were read, and what it tracked on the way forth. Their packets are rewritten as conntrack does. */
  readonly tracked: readonly TrackedConnection[];
  /**
   * Whether somebody on the link behind a device answers for an address (ARP, NDP); null: nobody can know. An entry that has failed
   * is tried again with each packet, so that it stops one only where this says no, or nothing.
   */
  readonly answers?: (device: InterfaceEntity, address: string) => boolean | null;
}

/** A route that was looked up on the way, and what our model answered: so that the kernel can be asked the same. */
export interface RouteLookup {
  readonly flow: Flow;
  readonly answer: KernelAnswer;
}

/** One of the ways that a packet may take through a namespace. */
export interface Passage {
  /** Of the packets that arrive, 0 to 1. */
  readonly share: number;
  readonly steps: readonly TraceStep[];
  readonly departure: Departure;
  /** In order: a mark or a new destination set in OUTPUT makes the kernel look again. */
  readonly lookups: readonly RouteLookup[];
  /** What conntrack of this namespace remembers of it, for the way back. */
  readonly tracked: TrackedConnection | null;
}

export interface TrackedConnection {
  readonly protocol: number;
  /** As it came, and what an answer to it looks like here. */
  readonly original: TracedPacket;
  readonly reply: TracedPacket;
  /** As conntrack of that namespace lists it; left out where it is what this very trace would leave behind. */
  readonly entry?: ConntrackEntry;
}
