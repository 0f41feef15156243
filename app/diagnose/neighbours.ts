// What a node's kernel says of a neighbour: `answers` where it has a MAC of it, `failed` where it was asked and did not; `failed-once` where
// that is of a while ago, as before the last start of either machine, and nobody has sent anything to it since.
import type { Neighbour } from '../probe/facts.ts';
import type { DiagnosedNode } from './cluster.ts';

const ANSWERS: ReadonlySet<string> = new Set(['REACHABLE', 'PERMANENT', 'STALE', 'DELAY', 'PROBE', 'NOARP']);
/** It did so just now: others are known from before. */
const ANSWERED_NOW = 'REACHABLE';

type State = 'answers' | 'failed' | 'failed-once' | 'unknown';

/** Of one neighbour. `unknown`: no entry. */
function stateOf(entries: readonly Neighbour[]): State {
  if (entries.some(({ state }) => state.split(/[ ,]/).some((word) => ANSWERS.has(word)))) return 'answers';
  const failed = entries.filter(({ state }) => state === 'FAILED' || state === 'INCOMPLETE');
  if (failed.length === 0) return 'unknown';
  return failed.every(({ idle = false }) => idle) ? 'failed-once' : 'failed';
}

/** By whichever device; of a link-local address that is said with one (`fe80::1%ens192`), by that one. */
function entriesOf(node: DiagnosedNode | null, address: string | null): readonly Neighbour[] {
  const [bare, device = null] = address?.split('%') ?? [];
  return (node?.snapshot.neighbours?.value ?? []).filter(
    ({ dst, dev }) => dst === bare && (device === null || dev === device),
  );
}

/** The kernel has heard of it lately. */
export function isHeardLately(node: DiagnosedNode | null, address: string | null): boolean {
  return entriesOf(node, address).some(({ state }) => state.split(/[ ,]/).includes(ANSWERED_NOW));
}

/** It gave no answer when it was asked last, whenever that was, by no device. */
export function isUnanswered(node: DiagnosedNode | null, address: string | null): boolean {
  return ['failed', 'failed-once'].includes(stateOf(entriesOf(node, address)));
}

/** Those that give no answer now, once each, by address and device: link-local addresses of routers are alike by several. */
export function failedNeighbours({ snapshot }: DiagnosedNode): ReadonlyMap<string, Neighbour> {
  const all = new Map<string, Neighbour[]>();
  for (const entry of snapshot.neighbours?.value ?? []) {
    const key = placeOf(entry.dst, entry.dev);
    const before = all.get(key);
    if (before === undefined) all.set(key, [entry]);
    else before.push(entry);
  }
  return new Map(
    [...all].flatMap(([key, entries]) => {
      const [first] = entries;
      return first === undefined || stateOf(entries) !== 'failed' ? [] : [[key, first] as const];
    }),
  );
}

export function placeOf(address: string, dev: string): string {
  return `${address} ${dev}`;
}
