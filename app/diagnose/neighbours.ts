// What a node's kernel says of a neighbour: `answers` where it has a MAC of it, `failed` where it was asked and did not.
import type { DiagnosedNode } from './cluster.ts';

const ANSWERS: ReadonlySet<string> = new Set(['REACHABLE', 'PERMANENT', 'STALE', 'DELAY', 'PROBE', 'NOARP']);

/** `unknown`: no entry, or neighbours were not read. */
export function neighbourAt(
  node: DiagnosedNode | null,
  address: string | null,
): 'answers' | 'failed' | 'unknown' {
  const entries = (node?.snapshot.neighbours?.value ?? []).filter(({ dst }) => dst === address);
  if (entries.some(({ state }) => state.split(/[ ,]/).some((word) => ANSWERS.has(word)))) return 'answers';
  return entries.some(({ state }) => state === 'FAILED' || state === 'INCOMPLETE') ? 'failed' : 'unknown';
}
