// Packets on their way: each is seen at each hop until it is lost, in as many pieces as it has there. A unit is what is never cut further: a
// segment of TCP's payload, or a packet.
import type { Hop } from './network.ts';

export interface Unit {
  readonly index: number;
  readonly direction: 0 | 1;
  readonly path: readonly Hop[];
  /** Those of one label and of the same bytes nobody tells apart, unless the time does. */
  readonly label: string;
  /** The same but for IPv4's identification: of two that are each seen only where the other was missed, nobody knows that they were two. */
  readonly content: string;
  readonly sequence: number;
  readonly bytes: number;
  readonly isRange: boolean;
  /** True time, ns since the base second. */
  readonly at: number;
  /** Hops from this one on did not see it; the path's length: it arrived. */
  readonly lostAt: number;
  /** Unit that refused it; null: none. */
  refusedBy: number | null;
}

/** One packet at one hop. */
export interface Passing {
  readonly hop: Hop;
  readonly step: number;
  /** True time. */
  readonly at: number;
  readonly frame: Uint8Array;
  readonly units: readonly Unit[];
}

const US = 1e3;

export class Travels {
  readonly units: Unit[] = [];
  readonly passings: Passing[] = [];
  /** µs between two hops, in turn. */
  readonly #delays: readonly number[];
  #delay = 0;

  constructor(delays: readonly number[]) {
    this.#delays = delays;
  }

  unit(unit: Omit<Unit, 'index' | 'refusedBy' | 'lostAt'> & { lostAt: number }): Unit {
    const made = {
      ...unit,
      lostAt: Math.min(unit.lostAt, unit.path.length),
      index: this.units.length,
      refusedBy: null,
    };
    this.units.push(made);
    return made;
  }

  /** @param at ns; how many units of a stream are one packet at that step */
  begin(
    units: readonly (readonly Unit[])[],
    path: readonly Hop[],
    frame: (hop: Hop, group: readonly Unit[]) => Uint8Array,
    atOnce: (step: number) => number = () => 1,
  ): void {
    let at = units[0]?.[0]?.at ?? 0;
    for (const [step, hop] of path.entries()) {
      const delays = this.#delays;
      if (step > 0) at += (delays[(this.#delay += 1) % delays.length] ?? 0) * US;
      for (const [index, group] of groupsOf(units.flat(), step, atOnce(step)).entries())
        this.passings.push({ hop, step, at: at + index * US, frame: frame(hop, group), units: group });
    }
  }
}

/** Neighbours in the stream that are still there. */
function groupsOf(units: readonly Unit[], step: number, most: number): readonly (readonly Unit[])[] {
  const groups: Unit[][] = [];
  for (const unit of units) {
    if (unit.lostAt <= step) continue;
    const last = groups.at(-1);
    const before = last?.at(-1);
    const follows = before !== undefined && (before.sequence + before.bytes) >>> 0 === unit.sequence;
    if (last !== undefined && follows && last.length < most) last.push(unit);
    else groups.push([unit]);
  }
  return groups;
}
