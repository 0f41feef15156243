// The lines of the window that is looked at. Of packets out of memory those are kept that the last window showed: where few
// pass a filter, each lies in a segment of its own, and the same window is asked for many times a second.
import type { ViewRow } from '../store/packet-view.ts';
import { summarize, type PacketSummary } from './summarize.ts';

export class WindowSummaries {
  #last: ReadonlyMap<number, PacketSummary> = new Map();

  /**
   * @param mayGoOn false: no further segment is read
   * @returns in order; what cannot be read is left out. `left`: how many there was no time for; the next call reads on
   */
  of(
    places: readonly ViewRow[],
    mayGoOn: () => boolean,
  ): { readonly rows: readonly PacketSummary[]; readonly left: number } {
    const rows: PacketSummary[] = [];
    const shown = new Map<number, PacketSummary>();
    let left = 0;
    let read: ViewRow['stretch'] | null = null;
    for (const { stretch, row } of places) {
      const { inMemory } = stretch;
      const number = stretch.firstNumber + row;
      let summary = inMemory ? undefined : this.#last.get(number);
      if (summary === undefined && left === 0) {
        if (inMemory || stretch === read || read === null || mayGoOn()) {
          if (!inMemory) read = stretch;
          const segment = stretch.open();
          if (segment === null) continue;
          summary = summarize(segment, row);
        }
      }
      if (summary !== undefined && !inMemory) shown.set(number, summary);
      // Rows follow one another without a gap.
      if (summary === undefined || left > 0) left += 1;
      else rows.push(summary);
    }
    this.#last = shown;
    return { rows, left };
  }
}
