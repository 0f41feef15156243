// What the operator has done to the table: kept while another tab is looked at.
import { create } from 'zustand';
import { shareFilter } from '../../state/wanted-packets.ts';
import { rememberFilter } from './filter-state.ts';
import type { Look } from './detail-state.ts';

export interface TableState {
  /** The run that the rest is about. */
  readonly run: number;
  readonly podId: string | null;
  readonly filter: string;
  /** What stands in the filter box: on its way to be the filter. */
  readonly draft: string;
  /** Paused at this packet's number; null: going on. */
  readonly until: number | null;
  /** The row at the top edge, counted among those that pass the filter, a fraction when it is cut; null: the newest are followed. */
  readonly top: number | null;
  /** The selected row, counted in the same way. */
  readonly at: number | null;
  /** How it was come to, a new object each time. */
  readonly look: { readonly how: Look };
  /** Rises when the program moved the top, so that the scroll bar has to follow. */
  readonly placed: number;
}

export const useTable = create<TableState>(() => ({
  run: 0,
  podId: null,
  filter: '',
  draft: '',
  until: null,
  top: null,
  at: null,
  look: { how: 'page' },
  placed: 0,
}));

/** Another run's rows are others; another Pod's packets would not pass the same filter. */
export function beginRun(run: number, podId: string | null): void {
  useTable.setState((state) =>
    state.run === run
      ? state
      : {
          run,
          podId,
          filter: state.podId === podId ? state.filter : '',
          draft: state.podId === podId ? state.draft : '',
          until: null,
          top: null,
          at: null,
          look: state.look,
          placed: state.placed + 1,
        },
  );
  shareFilter(run, useTable.getState().filter);
}

export function filterBy(filter: string): void {
  tryFilter(filter);
  draftFilter(filter);
  rememberFilter(filter);
}

/** What is written so far, perhaps on the way to another filter: not worth remembering, and the box is left as it is. */
export function tryFilter(filter: string): void {
  useTable.setState((state) => ({ filter, top: null, at: null, placed: state.placed + 1 }));
  shareFilter(useTable.getState().run, filter);
}

/** What is written, before it counts. */
export function draftFilter(draft: string): void {
  useTable.setState({ draft });
}

export function pauseAt(until: number | null): void {
  useTable.setState({ until });
}

/** Goes to the newest packet and stays there: a pause ends. */
export function follow(): void {
  useTable.setState((state) => ({ top: null, until: null, placed: state.placed + 1 }));
}

/** The operator scrolled: the scroll bar is there already. */
export function scrolledTo(top: number | null): void {
  useTable.setState({ top });
}

/** Selects a row and sees to it that it is in sight. */
export function goTo(at: number, top: number | null, how: Look): void {
  useTable.setState((state) => ({ at, top, look: { how }, placed: state.placed + 1 }));
}
