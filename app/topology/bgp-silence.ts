// How long a BGP session has heard nothing, by the timers that BIRD shows (RFC 4271 §10).
import type { BgpMatrixEnd } from './bgp-matrix-model.ts';

/** A timer starts with up to a quarter of its time taken off (RFC 4271 §10; BIRD's bgp_start_timer). */
const LEAST_START = 0.75;
/** Half as much again as a keepalive's interval is slack. */
const SILENT_KEEPALIVES = 1.5;

/** Seconds for which an Established side has heard nothing at the least; null: no keepalive is overdue, or it is not known. */
export function silentFor({
  health,
  holdLeft,
  holdTime,
  keepaliveTime,
}: Pick<BgpMatrixEnd, 'health' | 'holdLeft' | 'holdTime' | 'keepaliveTime'>): number | null {
  if (health !== 'established' || holdLeft === null || holdTime === null || keepaliveTime === null)
    return null;
  const quiet = holdTime * LEAST_START - holdLeft;
  return keepaliveTime > 0 && quiet > keepaliveTime * SILENT_KEEPALIVES ? quiet : null;
}
