// What a node's kernel says of a neighbour: `answers` where it has a MAC of it, `failed` where it was asked and did not; `failed-once` where
// that is of a while ago, as before the last start of either machine, and nobody has sent anything to it since.
import type { DiagnosedNode } from './cluster.ts';

const ANSWERS: ReadonlySet<string> = new Set(['REACHABLE', 'PERMANENT', 'STALE', 'DELAY', 'PROBE', 'NOARP']);

/** `unknown`: no entry, or neighbours were not read. */
export function neighbourAt(
  node: DiagnosedNode | null,
  address: string | null,
): 'answers' | 'failed' | 'failed-once' | 'unknown' {
  const entries = (node?.snapshot.neighbours?.value ?? []).filter(({ dst }) => dst === address);
  if (entries.some(({ state }) => state.split(/[ ,]/).some((word) => ANSWERS.has(word)))) return 'answers';
  const failed = entries.filter(({ state }) => state === 'FAILED' || state === 'INCOMPLETE');
  if (failed.length === 0) return 'unknown';
  return failed.every(({ idle = false }) => idle) ? 'failed-once' : 'failed';
}

/** It gave no answer when it was asked last, whenever that was. */
export function isUnanswered(node: DiagnosedNode | null, address: string | null): boolean {
  return ['failed', 'failed-once'].includes(neighbourAt(node, address));
}
