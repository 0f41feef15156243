// What can be said of how long packets take from one lane to another: between two nodes only as far as their clocks are known. Pure.
import type { LaneView } from '../../app/contract/trails.ts';

/** Part of the way's time from which on the clocks are known so roughly that one direction alone says nothing. */
const VAGUE = 0.5;

interface Timed {
  /** Null: between nodes whose clocks nobody can compare. */
  readonly us: number | null;
  /** Hard bound. */
  readonly plusMinusUs: number | null;
}

export type OneWay =
  | { readonly kind: 'notCompared' }
  /** One clock: what a capture's own resolution leaves open is not worth saying. */
  | { readonly kind: 'within'; readonly us: number }
  | { readonly kind: 'known'; readonly us: number; readonly plusMinusUs: number }
  /** Half of the round trip; the bound is of one way alone. */
  | { readonly kind: 'half'; readonly us: number; readonly plusMinusUs: number };

/** @param round there and back, of the same packets: null where one of them is not known */
export function oneWay(
  { us, plusMinusUs }: Timed,
  isWire: boolean,
  round: readonly [number | null, number | null],
): OneWay {
  if (us === null || plusMinusUs === null) return { kind: 'notCompared' };
  if (!isWire) return { kind: 'within', us };
  const [there, back] = round;
  const half = there === null || back === null ? null : (there + back) / 2;
  // What one clock is ahead of the other lengthens one way and shortens the other: it falls out of their sum.
  return half !== null && plusMinusUs >= half * VAGUE
    ? { kind: 'half', us: half, plusMinusUs }
    : { kind: 'known', us, plusMinusUs };
}

const AGAINST = { in: 'out', out: 'in', other: 'other' } as const;

/** Between which lanes an answer comes back: it comes in where the question went out. Null: none did yet. */
export function backOf(
  { from, to }: { readonly from: number; readonly to: number },
  lanes: readonly LaneView[],
): { readonly from: number; readonly to: number } | null {
  const against = (id: number): number | null => {
    const lane = lanes.find((each) => each.id === id);
    const other = lanes.find(
      ({ label, interfaceId, way }) =>
        label === lane?.label && interfaceId === lane.interfaceId && way === AGAINST[lane.way],
    );
    return other?.id ?? null;
  };
  const [sent, received] = [against(to), against(from)];
  return sent === null || received === null ? null : { from: sent, to: received };
}
