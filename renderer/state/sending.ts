// What sends packets, one at a time: two that are under way would count each other's packets, and load the nodes twice. One whose
// dialogue was closed still is.
import { create } from 'zustand';

export const useSending = create<{ readonly underWay: boolean }>(() => ({ underWay: false }));

/** Null where another is under way. */
export function sendAlone<T>(send: () => Promise<T>): Promise<T> | null {
  if (useSending.getState().underWay) return null;
  useSending.setState({ underWay: true });
  return send().finally(() => {
    useSending.setState({ underWay: false });
  });
}
