// A fact of a node with what became of reading it.
import type { EvidenceHead, EvidenceId, NodeTime } from './facts.ts';

/** One section of the discovery output. `value` may hold a part of the truth beside a state that is not `ok`. */
export interface Section<T> {
  readonly state: EvidenceHead['state'];
  readonly evidence: readonly EvidenceId[];
  /** When what gave the value began, the node's time. */
  readonly at: NodeTime | null;
  readonly value: T | null;
  /** What is not known and why; beside `ok`, what is missing from an answer that is good otherwise. */
  readonly sentence: string | null;
}
