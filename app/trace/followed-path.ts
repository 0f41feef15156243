// A packet's path as it was followed, and as the answer tells it.
import type { InterfaceEntity, NetnsId } from '../topology/model.ts';
import type { TraceHop, TracePath } from './model.ts';
import type { KnownNamespace } from './namespaces.ts';
import type { TracedPacket } from './packet.ts';
import type { RouteLookup, StopReason, TrackedConnection } from './passage.ts';

/** Where it got to. */
export type PathEnd =
  | { readonly kind: 'delivered'; readonly at: KnownNamespace; readonly packet: TracedPacket }
  /** It left by this device for what is not read. */
  | {
      readonly kind: 'outside';
      readonly at: KnownNamespace;
      readonly device: InterfaceEntity;
      readonly packet: TracedPacket;
      readonly sentence: string;
    }
  | {
      readonly kind: 'stopped';
      readonly how: 'dropped' | 'rejected';
      readonly at: KnownNamespace;
      readonly device: string | null;
      readonly reason: StopReason;
      readonly sentence: string;
    }
  | { readonly kind: 'unknown'; readonly at: KnownNamespace; readonly sentence: string };

/** A route that was asked for, and where. */
export interface PlacedLookup extends RouteLookup {
  readonly at: KnownNamespace;
}

export interface PlacedPacket {
  readonly at: KnownNamespace;
  readonly packet: TracedPacket;
}

export interface FollowedPath {
  readonly share: number;
  readonly hops: readonly TraceHop[];
  readonly end: PathEnd;
  /** Bytes; null: some device's is not known. */
  readonly mtu: number | null;
  readonly tracked: ReadonlyMap<NetnsId, readonly TrackedConnection[]>;
  readonly lookups: readonly PlacedLookup[];
  readonly namespaces: readonly KnownNamespace[];
  /** As it came to each of them. */
  readonly arrivals: readonly PlacedPacket[];
  /** As it was where it ended. */
  readonly last: TracedPacket;
}

export interface Start {
  readonly at: KnownNamespace;
  /** Null: a process there sends it. */
  readonly device: string | null;
  readonly packet: TracedPacket;
}

/** As the answer tells it. @param end as it stands to the question. */
export function pathOf({ share, hops, mtu }: FollowedPath, end: PathEnd, endpoint: string | null): TracePath {
  const verdict =
    end.kind === 'stopped' ? end.how : end.kind === 'unknown' ? 'unknown' : ('delivered' as const);
  return {
    share,
    endpoint,
    verdict,
    sentence: sentenceOf(end),
    hops: [...hops],
    stopsAt:
      end.kind === 'stopped'
        ? {
            node: end.at.nodeLabel,
            netnsId: end.at.netnsId,
            interface: end.device,
            interfaceId: end.at.devices.get(end.device ?? '')?.id ?? null,
            reason: end.reason,
          }
        : null,
    mtu: mtu === Infinity ? null : mtu,
  };
}

function sentenceOf(end: PathEnd): string {
  return end.kind === 'delivered' ? `It arrives at ${end.at.name}.` : end.sentence;
}
