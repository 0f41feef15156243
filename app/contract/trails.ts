// What window and CLI see of trails: one packet at every place where it was seen, and what became of it. A stream with credits (DESIGN §10 c):
// the page says which trails it shows, and is sent those, whenever they are others than those it was sent last.
import { z } from 'zod';
import { verdicts, type Verdict } from '../watch/model.ts';

/** A vantage point and which way packets pass it: a lane of the path ladder. */
export interface LaneView {
  readonly id: number;
  readonly nodeLabel: string;
  /** Null: it is in the node's own namespace. */
  readonly podName: string | null;
  readonly interfaceName: string;
  /** Null while the topology does not know it. */
  readonly interfaceId: string | null;
  readonly way: 'in' | 'out' | 'other';
  /** `k8s-worker-1/ens192`; inside a Pod `k8s-worker-1/c2c-network-demo/eth0`. */
  readonly label: string;
}

export interface TrailSightingView {
  readonly lane: number;
  /** µs since the trail's first sighting; between nodes as sure as their clocks are. */
  readonly afterUs: number;
  /** Its number in the packets view. */
  readonly packet: number;
}

export interface TrailView {
  readonly id: number;
  readonly revision: number;
  readonly verdict: Verdict;
  /** Nothing of it will change any more. */
  readonly final: boolean;
  /** Id of a FlowView. */
  readonly flow: number;
  /** ms since the epoch, by the clock of the node that saw it first; with a fraction. */
  readonly at: number;
  /** `SYN 40000 → 8080`, `UDP 5353 → 53 · 62 B`. */
  readonly summary: string;
  /** Of payload. */
  readonly bytes: number;
  /** In the order of its travel. */
  readonly sightings: readonly TrailSightingView[];
  /** Dropped: behind which lane, and at which it was to be seen next (null: none is known). */
  readonly stop: { readonly after: number; readonly before: number | null } | null;
  /** Why, or who refused it and how, in words; null: nothing is to be said. */
  readonly because: string | null;
}

export type VerdictCountsView = Readonly<Record<Verdict, number>>;

export interface FlowEnd {
  readonly address: string;
  readonly port: number | null;
  /** A Pod's or a node's name at that time; null: nobody's that is known. */
  readonly name: string | null;
}

export interface FlowHop {
  /** Lanes. */
  readonly from: number;
  readonly to: number;
  /** By the nodes' clocks as they were compared; null: between nodes whose clocks nobody can compare. */
  readonly meanUs: number | null;
  /** By which it may be off at most. */
  readonly plusMinusUs: number | null;
  /** Packets that passed there so. */
  readonly count: number;
}

export const healthKinds = ['resent', 'windowClosed', 'reset', 'handshake', 'dns', 'blackHole'] as const;

/** What ails a flow, as far as the captures saw enough to know. */
export interface HealthView {
  readonly kind: (typeof healthKinds)[number];
  /** How often. */
  readonly times: number;
  /** ms since the epoch: when first, and when last. */
  readonly since: number;
  readonly last: number;
  /** What, where, since when, and what to do. */
  readonly sentence: string;
}

/** A connection's packets one way, under whatever addresses. */
export interface FlowView {
  readonly id: number;
  /** `TCP`, `UDP`, `ICMP`, … */
  readonly protocol: string;
  readonly source: FlowEnd;
  readonly destination: FlowEnd;
  /** It has several addresses or ports on its way; these are those seen first. */
  readonly isTranslated: boolean;
  /** Some were seen in a tunnel, with its addresses, too. */
  readonly isCarried: boolean;
  /** They may be ICMP errors, which quote packets of others. */
  readonly mayQuote: boolean;
  readonly counts: VerdictCountsView;
  readonly bytes: number;
  /** What its packets took from lane to lane, in the order in which they were first passed. */
  readonly hops: readonly FlowHop[];
  /** ms since the epoch. */
  readonly first: number;
  readonly last: number;
  /** The gravest first; empty: nothing ails it that was seen. */
  readonly health: readonly HealthView[];
}

export interface DropView {
  /** Lanes. */
  readonly after: number;
  readonly before: number | null;
  readonly because: string | null;
  readonly count: number;
}

/** So many packets ended there, so far. */
export interface EndView {
  readonly verdict: Verdict;
  /** Where they were seen last. */
  readonly lane: number;
  readonly count: number;
}

export interface HopView {
  /** Lanes. */
  readonly from: number;
  readonly to: number;
  /** Packets that these times are of: since the clocks are known as well as that. */
  readonly count: number;
  /** Null: between nodes whose clocks nobody can compare. */
  readonly p50us: number | null;
  readonly p95us: number | null;
  /** How far off it may be at most. */
  readonly plusMinusUs: number | null;
}

export interface ClockView {
  readonly nodeLabel: string;
  /** By which its clock is ahead of the first one’s; null: packets were seen in one direction only. */
  readonly aheadUs: number | null;
  /** The hard bound of it. */
  readonly plusMinusUs: number | null;
}

export interface TrailsView {
  readonly run: number;
  /** Another one when all is counted anew, as the part that follows packets died: ids of trails, flows and lanes are others then. */
  readonly counting: number;
  /** Another number when a window of trails would be another one. */
  readonly revision: number;
  readonly counts: VerdictCountsView;
  /** Packets that no trail could be made of: left out when there was too much, or of no interface that is known. */
  readonly missed: number;
  readonly lanes: readonly LaneView[];
  readonly drops: readonly DropView[];
  /** Delivered ones as soon as they are told (fewer than before where that was revised), all others when they are final. */
  readonly ends: readonly EndView[];
  readonly hops: readonly HopView[];
  /** Of the nodes, that of the watched Pod first. */
  readonly clocks: readonly ClockView[];
  /** Those seen last first. */
  readonly flows: readonly FlowView[];
}

/** Which trails the page shows: the latest `count` of a flow, or of all. */
export const trailWindowSchema = z.object({
  type: z.literal('window'),
  /** Of these alone, those that are kept; null: of all. */
  ids: z.array(z.number().int()).max(300).nullable(),
  /** Ids of FlowViews; null: all. */
  flows: z.array(z.number().int()).max(200).nullable(),
  verdicts: z.array(z.enum(verdicts)).nullable(),
  count: z.number().int().min(0).max(300),
  /** Paused: none that began later (ms since the epoch); null: all. */
  until: z.number().nullable(),
});
export type TrailWindow = z.infer<typeof trailWindowSchema>;

export const trailsFromPageSchema = z.discriminatedUnion('type', [
  trailWindowSchema,
  z.object({ type: z.literal('credit'), bytes: z.number().int().positive() }),
]);
export type TrailsFromPage = z.infer<typeof trailsFromPageSchema>;

export type TrailsMessage =
  | { readonly type: 'view'; readonly view: TrailsView }
  /** In the order in which they began. */
  | {
      readonly type: 'trails';
      readonly run: number;
      readonly counting: number;
      readonly window: TrailWindow;
      readonly trails: readonly TrailView[];
    };
