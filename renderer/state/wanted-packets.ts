// Which packets other views want to be shown in the packets view: it takes the wish when it is looked at.
import { create } from 'zustand';

interface WantedPackets {
  /** A display filter, and the run that it is for; null: nothing is wanted, or it was taken. */
  readonly wanted: { readonly run: number; readonly filter: string } | null;
  /** The filter in force there, and its run. */
  readonly filtered: { readonly run: number; readonly filter: string };
  /** What was wanted last, where a flow that was clicked wanted it: among the flows the others stay. */
  readonly byFlows: string | null;
  /** Numbers of packets that are marked among the others. */
  readonly marked: ReadonlySet<number>;
}

const none: ReadonlySet<number> = new Set();

export const useWantedPackets = create<WantedPackets>(() => ({
  wanted: null,
  byFlows: null,
  filtered: { run: 0, filter: '' },
  marked: none,
}));

export function wantPackets(run: number, filter: string, { byFlows = false } = {}): void {
  useWantedPackets.setState({ wanted: { run, filter }, byFlows: byFlows ? filter : null });
}

/** What was wanted of this run, once. */
export function takeWanted(run: number): string | null {
  const { wanted } = useWantedPackets.getState();
  if (wanted === null) return null;
  useWantedPackets.setState({ wanted: null });
  return wanted.run === run ? wanted.filter : null;
}

export function markPackets(numbers: Iterable<number>): void {
  useWantedPackets.setState({ marked: new Set(numbers) });
}

export function shareFilter(run: number, filter: string): void {
  useWantedPackets.setState({ filtered: { run, filter } });
}

/** The filter of a run's packets, as it was wanted last or is, for its flows. */
export function useSharedFilter(run: number): string {
  return useWantedPackets((state) => sharedFilter(state, run));
}

export function sharedFilter(
  { wanted, filtered, byFlows }: Pick<WantedPackets, 'wanted' | 'filtered' | 'byFlows'>,
  run: number,
): string {
  const { filter } = wanted?.run === run ? wanted : filtered.run === run ? filtered : { filter: '' };
  return filter === byFlows ? '' : filter;
}
