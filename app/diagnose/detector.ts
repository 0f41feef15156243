// What a detector is: a file of detectors/ that looks at what is known for one kind of condition.
import type { Inventory } from '../probe/inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NodeReading } from '../topology/input.ts';
import type { Topology } from '../topology/model.ts';
import type { Finding, FindingId } from './finding.ts';

/** All that is known. What was not read is not there, and no detector takes that for "none". */
export interface KnownFacts {
  readonly topology: Topology;
  /** By node label. */
  readonly readings: ReadonlyMap<string, NodeReading>;
  readonly inventory: Inventory | null;
  /** What each node dropped lately, by label. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
}

/** `skipped`: why nothing can be said; null when it looked everywhere it had to. */
export interface Detected {
  readonly findings: readonly Finding[];
  readonly skipped: string | null;
}

export interface Detector {
  readonly id: FindingId;
  /** One line: what it concludes from what. */
  readonly concludes: string;
  detect(known: KnownFacts): Detected;
}
