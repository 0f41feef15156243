// All that a trace is reckoned from. What was not read is not there.
import type { Inventory } from '../probe/inventory.ts';
import type { NodeReading } from '../topology/input.ts';
import type { Topology } from '../topology/model.ts';

export interface TraceKnown {
  readonly topology: Topology;
  /** By node label. */
  readonly readings: ReadonlyMap<string, NodeReading>;
  readonly inventory: Inventory | null;
}
