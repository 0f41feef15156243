// When nothing was captured where something should have been, and why: told once it is over.
import type { PlannedCapture } from '../../app/watch/capture-plan.ts';
import { clockTime } from './clock-time.ts';
import type { Gap, OpenGap } from './kept-capture.ts';
import { StandStills } from './stand-stills.ts';

/** Those before are old news. */
const mostTold = 10;

type Place = Pick<PlannedCapture, 'place' | 'device'>;

export class WatchGaps {
  readonly #standStills = new StandStills();
  /** By place, of captures that ended before those that take their place ran: a node that was rebooted has other namespaces. */
  readonly #open = new Map<string, { readonly place: string; readonly gap: OpenGap }>();
  #told: readonly Gap[] = [];

  get sentences(): readonly string[] {
    return this.#told.map(
      ({ where, from, to, reason }) =>
        `Nothing was captured at ${where} from ${clockTime(from)} to ${clockTime(to)}: ${reason}`,
    );
  }

  /** Once a second. */
  second(now: number): void {
    this.#standStills.look(now);
  }

  /** It is over. */
  add(gap: Gap): void {
    const reason = this.#standStills.reason(gap) ?? gap.reason;
    this.#told = [...this.#told, { ...gap, reason }].slice(-mostTold);
  }

  /** Its capture is given up while it lasts. */
  leave(plan: Place, gap: OpenGap): void {
    this.#open.set(keyOf(plan), { place: plan.place, gap });
  }

  /** What was left at a place, for who captures there now; null: nothing. */
  takeOver(plan: Place): OpenGap | null {
    const key = keyOf(plan);
    const gap = this.#open.get(key)?.gap ?? null;
    this.#open.delete(key);
    return gap;
  }

  /** What nobody took over goes on only where something still should be captured: elsewhere nothing is missing. */
  forgetExcept(places: ReadonlySet<string>): void {
    for (const [key, { place }] of this.#open) if (!places.has(place)) this.#open.delete(key);
  }
}

/** The same for another incarnation of the place. */
function keyOf({ place, device }: Place): string {
  return JSON.stringify([place, device?.name]);
}
