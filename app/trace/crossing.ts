// What lies between leaving one namespace and arriving in the next: cables, bridges, wires, tunnels.
import type { Address } from '../route/address.ts';
import type { EvidenceId, InterfaceEntity, NetnsId } from '../topology/model.ts';
import type { TraceKnown } from './known.ts';
import type { TraceStep } from './model.ts';
import type { KnownNamespace } from './namespaces.ts';
import type { TracedPacket } from './packet.ts';
import type { Arrival, StopReason, TrackedConnection } from './passage.ts';
import { stepOf } from './step.ts';

/** A bridge that takes a frame at one port and sends it out by another; nobody's IP sees it. */
export interface BridgedHop {
  readonly at: KnownNamespace;
  readonly ingress: InterfaceEntity;
  readonly egress: InterfaceEntity;
  readonly packet: TracedPacket;
  /** Of what was left before: how it came here. */
  readonly before: readonly TraceStep[];
  /** The bridge's own decision first, then what its filters, and those of IP, did. */
  readonly steps: readonly [TraceStep, ...TraceStep[]];
  /** What conntrack of that namespace remembers of it. */
  readonly tracked: TrackedConnection | null;
}

/** What has been crossed, in order. */
export interface Way {
  /** Since the last bridge; before the first one, those of the hop that was left. */
  readonly steps: readonly TraceStep[];
  readonly bridged: readonly BridgedHop[];
  /** Bytes: the smallest MTU of the devices that the frame passed; null: one was not read. */
  readonly mtu: number | null;
}

export const NO_WAY: Way = { steps: [], bridged: [], mtu: Infinity };

/** By which a question, or the answer to it, is kept back from whoever would hear it. */
export const KEEPS: ReadonlySet<StopReason> = new Set<StopReason>([
  'filter-drop',
  'filter-reject',
  'port-closed',
  'tc-drop',
]);

/** On its way. */
export interface Frame {
  readonly packet: TracedPacket;
  /** The address whose MAC it is sent to; null: nobody's (tunnels), or not known. */
  readonly nextHop: string | null;
  /** From which address that one is asked for; null: none, or not known. */
  readonly asker: Address | null;
  /** It is the question for that address itself (ARP): rules that look for IP's packets do not see it. Left out: a packet. */
  readonly isQuestion?: true;
  /** The tag it has on the wire. */
  readonly vlan: number | null;
  readonly way: Way;
  /** Devices it passed: a cable that leads in a circle ends. */
  readonly passed: readonly InterfaceEntity[];
}

export type CrossingEnd =
  | { readonly kind: 'arrives'; readonly arrival: Arrival & { readonly at: KnownNamespace } }
  | {
      readonly kind: 'stops';
      readonly at: KnownNamespace;
      readonly device: InterfaceEntity | null;
      readonly reason: StopReason;
      /** Left out: dropped. */
      readonly how?: 'rejected';
    }
  /** It leaves what is known. */
  | { readonly kind: 'outside'; readonly sentence: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface Crossing {
  /** Of the frames that leave, 0 to 1. */
  readonly share: number;
  readonly way: Way;
  readonly end: CrossingEnd;
}

/** What the files of the kinds ask of each other (cross.ts brings them together). */
export interface CrossContext {
  readonly known: TraceKnown;
  /** What a namespace remembers of the way forth. */
  tracked(netnsId: NetnsId): readonly TrackedConnection[];
  /** A frame goes out of a device. */
  transmit(at: KnownNamespace, device: InterfaceEntity, frame: Frame): Crossing[];
  /** A frame comes in by a device. */
  enter(at: KnownNamespace, device: InterfaceEntity, frame: Frame): Crossing[];
  /** A frame comes in by a port of a bridge. */
  bridge(at: KnownNamespace, bridge: InterfaceEntity, port: InterfaceEntity, frame: Frame): Crossing[];
}

export function withStep(frame: Frame, step: TraceStep): Frame {
  return { ...frame, way: { ...frame.way, steps: [...frame.way.steps, step] } };
}

/** Into another namespace, or over a wire: what its sender had marked it with is gone (net/core/skbuff.c skb_scrub_packet). */
export function unmarked(frame: Frame): Frame {
  return { ...frame, packet: { ...frame.packet, mark: 0, physIn: null, physOut: null } };
}

/** Through one more device. */
export function through(frame: Frame, device: InterfaceEntity): Frame {
  const { way, passed } = frame;
  return { ...frame, passed: [...passed, device], way: { ...way, mtu: smaller(way.mtu, device.mtu) } };
}

/** Null where one of them is not known. */
export function smaller(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}

export function ended({ way }: Frame, end: CrossingEnd): Crossing {
  return { share: 1, way, end };
}

export function evidenceOf(at: KnownNamespace, ...kinds: readonly string[]): EvidenceId[] {
  return kinds.flatMap((kind) => at.evidence.get(kind) ?? []);
}

export function stopped(
  frame: Frame,
  at: KnownNamespace,
  device: InterfaceEntity | null,
  reason: StopReason,
  step: Pick<TraceStep, 'stage' | 'sentence'> & Partial<TraceStep>,
): Crossing {
  const stop = stepOf({ device: device?.name ?? null, outcome: 'stops', ...step });
  return ended(withStep(frame, stop), { kind: 'stops', at, device, reason });
}

/** Its next hop is still asked for: whoever sends it is told that there is none (net/core/neighbour.c neigh_invalidate). */
export function untaken(crossing: Crossing, { packet: { toMac } }: Frame): Crossing {
  const { end } = crossing;
  return toMac !== null || end.kind !== 'stops'
    ? crossing
    : { ...crossing, end: { ...end, how: 'rejected' } };
}

export function unknown(frame: Frame, why: string, stage: TraceStep['stage'] = 'wire'): Crossing {
  return ended(withStep(frame, stepOf({ stage, outcome: 'unknown', sentence: why })), {
    kind: 'unknown',
    why,
  });
}

export function isGroupMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
