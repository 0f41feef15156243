import type { Density } from './density.ts';
import type { GraphNode, GraphPod } from './picture.ts';

/** What one region has to show and how, before it has a place. */
export interface RegionPlan {
  readonly node: GraphNode;
  readonly seats: readonly (GraphPod | null)[];
  /** Pods that found no seat. */
  readonly folded: readonly GraphPod[];
  readonly unfolded: boolean;
  readonly podColumns: number;
  readonly lower: boolean;
  readonly density: Density;
}

/** Seats, holes among them, and the one that says how many more there are. */
export function cellCount(plan: RegionPlan): number {
  return plan.seats.length + (plan.folded.length > 0 || plan.unfolded ? 1 : 0);
}
