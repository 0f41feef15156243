// What columns can say of a row.
import type { PacketSegment } from '../store/packet-segment.ts';
import type { Condition } from './condition.ts';

/** In order: `and` is the least, `or` the greatest of its sides. */
export const Verdict = {
  no: 0,
  /** Only a full decode tells. */
  unknown: 1,
  yes: 2,
} as const;

/** Rows that are tested together: few enough to stay in the fastest cache. */
export const ROWS_AT_ONCE = 512;

/** Writes the verdicts on the rows of [from, to), `ROWS_AT_ONCE` at most, from `out[0]` on. */
export type Fill = (from: number, to: number, out: Uint8Array) => void;

/** For one segment. */
export type Bound = (segment: PacketSegment) => Fill;

/** A single test. */
export type Leaf = Exclude<Condition, { readonly kind: 'and' | 'or' | 'xor' | 'not' }>;
