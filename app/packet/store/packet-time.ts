// A packet's time as people and other programs read it. Columns hold what the file says, and damaged files say odd things.
import { NO_TIME } from '../file/limits.ts';

/** A fraction beyond its second is carried. A packet without time is at 0. */
export function packetTimeOf(
  columns: { readonly seconds: ArrayLike<number>; readonly nanoseconds: ArrayLike<number> },
  row: number,
): { readonly s: number; readonly ns: number } {
  const s = columns.seconds[row] ?? 0;
  const ns = columns.nanoseconds[row] ?? 0;
  if (ns < 1e9) return { s, ns };
  return ns === NO_TIME ? { s: 0, ns: 0 } : { s: s + Math.floor(ns / 1e9), ns: ns % 1e9 };
}
