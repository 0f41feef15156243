// What the engine and its trail worker say to each other. The worker reads the segments that the packet worker writes, and makes trails of
// what it finds there; one that falls behind, or dies, costs no packet.
import type { CorrelatorCapture } from '../../app/watch/correlator.ts';
import type { ForetoldWay } from '../../app/watch/way-of-path.ts';
import type { FlowTuple } from '../../app/watch/flow-table.ts';
import type { FlowHealth } from '../../app/watch/health/model.ts';
import type { Trail, Verdict, Visit } from '../../app/watch/model.ts';
import type { ClockStep } from '../../app/watch/clocks/clock-steps.ts';
import type { SyncReading } from '../../app/watch/clocks/sync-bounds.ts';
import type { NodeAhead, ToldClock, TrailClocks } from '../../app/watch/trail-clocks.ts';
import type { SettledTrails } from '../../app/watch/trail-store.ts';
import type {
  ConnectionTotals,
  DropCount,
  EndCount,
  HopLatency,
  VerdictCounts,
} from '../../app/watch/trail-totals.ts';
import type { ConntrackEntry } from '../../app/probe/conntrack-entries.ts';
import type { NodeTime } from '../../app/topology/model.ts';

/** Flows that are known by number at a time, on either side: those told last. */
export const mostFlows = 50_000;
/** Bytes of segments that wait to be read: beyond, the oldest are left out, on either side. */
export const mostUnreadBytes = 64 * 1024 * 1024;

export interface CaptureTick {
  readonly captureId: number;
  /** Everything until then is in the segments. */
  readonly watermark: NodeTime;
  /** By the node's kernel until then, or soon after. */
  readonly dropped: number;
}

/** What a node said of its time, between two looks at how long it was up (s). */
export interface ToldUptime {
  readonly node: number;
  readonly time: NodeTime;
  readonly before: number;
  readonly after: number;
}

/** What a node's own clock synchronisation says. */
export interface ToldSync {
  readonly node: number;
  /** Null: about now. */
  readonly at: NodeTime | null;
  readonly bound: Omit<SyncReading, 'at'>;
}

/** In numbers of nodes. */
export interface ClockNews {
  readonly steps: readonly ClockStep[];
  readonly contradictions: TrailClocks['contradictions'];
}

export interface TrailNews {
  /** Segments begun since, oldest first. */
  readonly begun: readonly SharedArrayBuffer[];
  readonly captures: readonly ({ readonly id: number } & CorrelatorCapture)[];
  /** After the packets that are there by now. */
  readonly ticks: readonly CaptureTick[];
  readonly ended: readonly number[];
  readonly clocks: readonly ToldClock[];
  readonly uptimes: readonly ToldUptime[];
  readonly syncs: readonly ToldSync[];
  readonly ways: readonly { readonly flow: number; readonly way: ForetoldWay }[];
  readonly entries: readonly ConntrackEntry[];
}

export interface TrailRun {
  readonly baseSecond: number;
  /** Number of the first packet that counts, from 1. */
  readonly first: number;
  /** Of packets with one of these addresses alone trails are told; null: of all. */
  readonly to: readonly string[] | null;
}

export type TrailRequest =
  /** First to a fresh worker, and with every run. */
  | ({ readonly kind: 'begin' } & TrailRun)
  /** Ports that VXLAN has here, beside the usual ones. */
  | { readonly kind: 'ports'; readonly vxlan: readonly number[] }
  /** Of packets with these addresses trails are told as well. */
  | { readonly kind: 'to'; readonly addresses: readonly string[] }
  | ({ readonly kind: 'advance' } & TrailNews)
  /** Nothing comes any more. */
  | { readonly kind: 'finish' }
  /** Those that became final after so many others. */
  | { readonly kind: 'settled'; readonly after: number }
  | {
      readonly kind: 'window';
      readonly ids: readonly number[] | null;
      readonly connections: readonly number[] | null;
      readonly verdicts: readonly Verdict[] | null;
      readonly count: number;
      readonly until: number | null;
    };

/** A flow that trails were told of for the first time. */
export interface FreshFlow {
  readonly flow: number;
  readonly tuple: FlowTuple;
  /** Of a packet of it. */
  readonly flags: number;
  /** Where that was seen so far. */
  readonly places: readonly number[];
}

export type TrailReply =
  | { readonly kind: 'begun' }
  | {
      readonly kind: 'advanced';
      /** Number of the first packet that was not read yet. */
      readonly next: number;
      /** Packets that are there were not read yet: it is to be asked again. */
      readonly more: boolean;
      /** Packets that left before they were read, or that are of nobody. */
      readonly missed: number;
      readonly visits: readonly Visit[];
      readonly flows: readonly FreshFlow[];
      readonly counts: VerdictCounts;
      readonly drops: readonly DropCount[];
      readonly ends: readonly EndCount[];
      readonly hops: readonly HopLatency[];
      /** Those seen last, some of them. */
      readonly connections: readonly ConnectionTotals[];
      /** Of those, which have several addresses or ports. */
      readonly translated: readonly number[];
      /** Of those, of which packets were seen in a tunnel. */
      readonly carried: readonly number[];
      /** Of those connections, what ails them. */
      readonly health: readonly FlowHealth[];
      readonly clocks: readonly NodeAhead[];
      readonly clockNews: ClockNews;
      /** Tells whether a window would be another one. */
      readonly revision: number;
    }
  | ({ readonly kind: 'settled' } & SettledTrails)
  | { readonly kind: 'window'; readonly trails: readonly Trail[] };
