// How far a node's clock is before ours, from a reading: its last section began next to no time before the reading came here, while a whole
// reading may take seconds.
import type { EvidenceHead } from './facts.ts';

/** Seconds; too little by what the last section took and its way here. Null: no output says when it began. */
export function clockAheadS(heads: Iterable<Pick<EvidenceHead, 'at' | 'seenAt'>>): number | null {
  let [newest, latest] = [-Infinity, -Infinity];
  for (const { at, seenAt } of heads) {
    if (at === null || seenAt < newest) continue;
    const began = at.s + at.ns / 1e9;
    latest = seenAt > newest ? began : Math.max(latest, began);
    newest = seenAt;
  }
  return newest === -Infinity ? null : latest - newest / 1000;
}
