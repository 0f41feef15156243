// What correlation takes and gives (DESIGN §4, §5, §10): sightings in, trails out.
import type { FlowTuple } from './flow-table.ts';

/**
 * A vantage point and which way packets pass it. Places are network namespaces, numbered by whoever captures there: the same number as long
 * as it is the same namespace, whatever captures come and go.
 */
export interface Visit {
  readonly place: number;
  readonly ifindex: number;
  /** In: the interface received it. Out: it is sent there. Other: the capture does not say. */
  readonly way: 'in' | 'out' | 'other';
}

/** A visit that packets of a flow are to make, and as what they are to be seen there. */
export interface WayVisit {
  /** By number (visits.ts). */
  readonly visit: number;
  /** Addresses there; null: it was seen there before, so that a capture lets it through. */
  readonly ends: Pick<FlowTuple, 'source' | 'destination'> | null;
  /** In a tunnel. */
  readonly carried: boolean;
}

/** Where packets of a flow are to be seen, in order, and what becomes of them then. */
export interface Way {
  readonly visits: readonly WayVisit[];
  /**
   * `delivered`: the last visit is its receiver's. `leaves`: it goes on beyond all that can be captured. `stops`: something there takes it.
   * `unknown`: nobody knows how it goes on.
   */
  readonly end: 'delivered' | 'leaves' | 'stops' | 'unknown';
  /** What takes packets on the way, or some of them: a sentence for each index of a visit behind which something does. */
  readonly takes: Readonly<Record<number, string>>;
}

export const verdicts = ['delivered', 'dropped', 'rejected', 'inFlight', 'notCaptured', 'ambiguous'] as const;
export type Verdict = (typeof verdicts)[number];

/** One packet at one vantage point. */
export interface TrailSighting {
  readonly visit: number;
  /** Session time, ns since the correlator's base second. */
  readonly at: number;
  /** Index of the clock that `at` was reckoned by. */
  readonly clock: number;
  /** The packet's number in the store. */
  readonly number: number;
}

/** Who refused a packet, and how. */
export interface Refusal {
  /** Where the refusal was seen first: there it was sent. */
  readonly visit: number;
  readonly kind: 'reset' | 'icmp';
  /** ICMP's; 0 of a reset. */
  readonly family: 4 | 6;
  readonly type: number;
  readonly code: number;
  /** The refusing packet's number in the store. */
  readonly number: number;
}

/** What a packet says of its connection or asks of routers. */
export const Trait = {
  /** TCP: who sends it can take no more bytes (a window of 0). */
  windowClosed: 1,
  /** No router may cut it: IPv4's DF, and all of IPv6. */
  whole: 2,
} as const;

export interface Trail {
  /** From 1, never used twice. */
  readonly id: number;
  /** Rises when anything of it changes. */
  readonly revision: number;
  /** Nothing will change any more. */
  readonly final: boolean;
  /** Withdrawn: it was told too early, and its sightings are of other trails. */
  readonly verdict: Verdict | 'withdrawn';
  /** Of its first sighting. */
  readonly flow: number;
  /** Flow of all its sightings, under whatever addresses: the lowest number of them. */
  readonly connection: number;
  /** In the order of its way. */
  readonly sightings: readonly TrailSighting[];
  /** Of payload. */
  readonly bytes: number;
  /** A range of TCP's payload, as far as it was sent at once and has one fate. */
  readonly isRange: boolean;
  /** TCP: of its first byte; of an echo identifier << 16 | number. */
  readonly sequence: number;
  /** TCP flags; ICMP: type << 8 | code. */
  readonly flags: number;
  /** IPv4's, of its first sighting; 0: none. */
  readonly identification: number;
  /** Bits of `Trait`, of its first sighting. */
  readonly traits: number;
  /** Dropped: after which visit, and at which it should have been seen next (null: none is known). */
  readonly stop: { readonly after: number; readonly before: number | null } | null;
  readonly refusal: Refusal | null;
  /** Why the verdict is not a plain one, in words; null where it is. */
  readonly because: string | null;
}
