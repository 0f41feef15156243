// Watching a Pod, as window and CLI see it: captures wherever its packets pass, and the packets themselves.
import type { FollowResponse } from '../../app/contract/followed-stream.ts';
import type { PacketDetail } from '../../app/contract/packet-detail.ts';
import type { PacketRows, PacketWindow, WatchView } from '../../app/contract/watch.ts';
import type { TrailsView, TrailView, TrailWindow } from '../../app/contract/trails.ts';
import type { Sightings, SightingsRequest } from '../../app/trace/sightings-model.ts';
import type { Result } from '../../app/result.ts';
import type { Caps } from '../../app/watch/governor.ts';
import type { WatchLimits } from './watch-limits.ts';
import type { Refusal } from './refusal.ts';

/** Packets at one interface since the run began. */
export interface InterfaceCounts {
  readonly inbound: number;
  readonly outbound: number;
  /** Of both: TCP resets and ICMP errors. */
  readonly refused: number;
}

/** With whom alone (other-end.ts). */
export interface OtherEnd {
  /** As it was asked for. */
  readonly to: string;
  readonly name: string;
  /** All by which it is seen on the way. */
  readonly addresses: readonly string[];
  readonly podIds: readonly string[];
}

export interface Watch {
  readonly view: WatchView;
  /** By interface id of the topology. */
  readonly counts: ReadonlyMap<string, InterfaceCounts>;
  /** Called after `view` or `counts` changed, at most once per turn of the event loop. */
  subscribe(listener: () => void): () => void;
  /** Ends what was watched, and watches this Pod. Resolves when its captures are on their way. */
  start(
    podId: string,
    options: {
      readonly expression: string | null;
      /** Captured from inside from the start, not only once they are seen in packets. */
      readonly peers?: readonly string[];
      /**
       * Only what the Pod exchanges with it is captured; null or left out: with anybody. Its Pods are peers from the start. Where it is to be
       * looked for, what was watched goes on until it is found, or for good where it is not (the failure is a sentence); and nothing begins
       * when another start or a stop was asked for meanwhile. It is looked for again as the cluster changes: an address that is new is captured, too.
       */
      readonly only?: OtherEnd | null | (() => Promise<Result<OtherEnd, string>>);
      /** When it ends by itself; left out: as in the window. */
      readonly limits?: WatchLimits;
      /** What of a node may be taken at most; left out: as the governor has it. */
      readonly caps?: Partial<Caps>;
    },
  ): Promise<Result<void, Refusal>>;
  /** Resolves when nothing of it runs on any node that answers. */
  stop(): Promise<void>;
  rows(window: PacketWindow): Promise<PacketRows>;
  /** What became of the packets of this run; another object when it says something else. */
  readonly trailsView: TrailsView;
  /** Of this run, those that are kept; null: they are being counted anew, or another run has begun. */
  trails(window: TrailWindow): Promise<readonly TrailView[] | null>;
  /** Those that became final after so many others had; `next`: what to ask after next, `left`: so many were no longer kept. */
  settledTrails(after: number): Promise<{ trails: readonly TrailView[]; next: number; left: number }>;
  /** Null when this packet of this run is not kept any more. */
  detail(run: number, number: number): Promise<PacketDetail | null>;
  /** The TCP stream that this packet of this run belongs to. */
  follow(run: number, number: number): Promise<FollowResponse>;
  /** Where packets of a traced path's flows were seen since that trace was first asked about here. */
  sightings(request: SightingsRequest): Promise<Sightings>;
}
