// What is known of how far one clock is ahead of another: hard bounds, from packets that do not arrive before they are sent. No mean and no
// spread: what delays the one direction more than the other moves any mean, and bounds never (RFC 5905 speaks of the same as root distance).

/** ns. ±Infinity: nothing bounds it on that side. */
export interface Bounds {
  readonly atLeast: number;
  readonly atMost: number;
}

/** ns, and the hard bound of its error. */
export interface Estimate {
  readonly ns: number;
  readonly plusMinusNs: number;
}

/**
 * By how much a clock may go wrong while nobody sets it. Crystals are within 100 ppm, but what keeps them right may turn a clock faster or
 * slower meanwhile: by 500 ppm (MAXFREQ of the kernel's include/linux/timex.h, and what adjtime(3) and ntpd do). What is quicker than
 * that – chrony may turn it by 8 % – is a clock that is being set, and is noticed as such.
 */
export const CLOCK_DRIFT = 500e-6;

/** By how much two clocks may go apart, ns for each ns of one of them. */
export const APART_DRIFT = (2 * CLOCK_DRIFT) / (1 - CLOCK_DRIFT);

/** ns: captures write whole microseconds and cut off the rest (pcap(3PCAP)). A difference of two times is wrong by less than that, either way. */
export const TICK_NS = 1_000;

export const unbounded: Bounds = { atLeast: -Infinity, atMost: Infinity };

/** Of both. What excludes each other leaves nothing: `atLeast` above `atMost`. */
export function intersection(a: Bounds, b: Bounds): Bounds {
  return { atLeast: Math.max(a.atLeast, b.atLeast), atMost: Math.min(a.atMost, b.atMost) };
}

/** Of one of both, nobody knows which. */
export function hull(a: Bounds, b: Bounds): Bounds {
  return { atLeast: Math.min(a.atLeast, b.atLeast), atMost: Math.max(a.atMost, b.atMost) };
}

export function widened({ atLeast, atMost }: Bounds, ns: number): Bounds {
  return { atLeast: atLeast - ns, atMost: atMost + ns };
}

/** The same seen from the other clock. */
export function reversed({ atLeast, atMost }: Bounds): Bounds {
  return { atLeast: 0 - atMost, atMost: 0 - atLeast };
}

/** Null: only one side is bounded, or what was seen excludes itself. */
export function estimateOf({ atLeast, atMost }: Bounds): Estimate | null {
  const plusMinusNs = (atMost - atLeast) / 2;
  if (!Number.isFinite(plusMinusNs) || plusMinusNs < 0) return null;
  return { ns: atLeast + plusMinusNs, plusMinusNs };
}
