// Why the table shows no packet, so that what it says instead is true. Pure.
import type { PacketRows, WatchView } from '../../../app/contract/watch.ts';

export type Emptiness =
  | 'starting'
  /** Captures run, and no packet has come. */
  | 'waiting'
  /** No packet has come, and no capture runs. */
  | 'blind'
  /** The watch ended without a packet. */
  | 'none'
  /** The filter that counts has a mistake. */
  | 'wrong'
  | 'filtered'
  /** None up to the pause passes the filter; later ones may. */
  | 'filtered-paused'
  | 'paused-early'
  /** The ring holds only later ones. */
  | 'paused-left';

/** @param rows what main told last; null: nothing yet. Null is the answer as long as rows are on their way. */
export function whyEmpty(
  view: WatchView,
  rows: PacketRows | null,
  { filter, until }: { readonly filter: string; readonly until: number | null },
): Emptiness | null {
  if (view.run === 0) return null;
  if (view.packets.total === 0) return whyNone(view);
  const told = rows !== null && rows.window.filter === filter && rows.window.until === until;
  if (!told || rows.end > rows.first) return null;
  if (rows.filterError !== null) return 'wrong';
  if (shareSearched(rows) !== null) return null;
  if (filter !== '') return until === null ? 'filtered' : 'filtered-paused';
  if (until === null) return null;
  return until === 0 ? 'paused-early' : 'paused-left';
}

/** How much of what is kept a filter has looked at, 0 … 1; null: all of it. */
export function shareSearched({ scanned, toScan }: PacketRows): number | null {
  return scanned < toScan ? scanned / toScan : null;
}

function whyNone({ state, captures }: WatchView): Emptiness {
  if (state !== 'on') return 'none';
  if (captures.some((capture) => capture.state === 'running')) return 'waiting';
  const begun = captures.length === 0 || captures.some((capture) => capture.state === 'starting');
  return begun ? 'starting' : 'blind';
}
