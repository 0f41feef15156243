// What a detector is: a file of detectors/ that looks at what is known for one kind of condition.
import type { Cluster } from './cluster.ts';
import type { Detected } from './detected.ts';
import type { FindingId } from './finding.ts';

export type { Detected, Draft, KnownFacts } from './detected.ts';

export interface Detector {
  readonly id: FindingId;
  /** One line: what it concludes from what. */
  readonly concludes: string;
  /** Of which it may be a mere consequence. Together these name no circle (explain.test.ts). */
  readonly explainedBy: readonly FindingId[];
  detect(cluster: Cluster): Detected;
}
