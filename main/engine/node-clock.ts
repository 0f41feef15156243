// How far a node's clock is behind ours, by when what it said of its time came here: never before it was said, and never before it was asked
// for. Since the quickest of many sayings took next to no time, that is nearly it.
import { CLOCK_DRIFT, type Bounds } from '../../app/watch/clocks/bounds.ts';
import type { CaptureTime } from '../node/capture-events.ts';

/** ms: what comes so much later was held up, or the clock was set. */
const set = 2_000;
/** Sayings after which the quickest is known. */
const enough = 3;
/** ms: /proc/uptime has two decimals, cut off (fs/proc/uptime.c). */
const uptimeTick = 10;

export class NodeClock {
  #told = 0;
  #least = Infinity;
  #latest = Infinity;
  #wasSet = false;
  /** ms by which the clock is behind ours; as of `#at`. */
  #bounds: Bounds = { atLeast: -Infinity, atMost: Infinity };
  #at = 0;
  #asked: number | null = null;
  /** When the node booted, ms by its own clock. */
  #booted: Bounds | null = null;

  /** It is asked for its time, ms by our clock: what it says first it says afterwards. */
  asked(now: number): void {
    this.#asked ??= now;
  }

  told({ nodeTime: { s, ns }, uptime }: CaptureTime, now: number): void {
    const time = s * 1000 + ns / 1_000_000;
    const behind = now - time;
    // None comes before it is said: the clock went forward.
    if (this.#told >= enough && behind < this.#least - set) this.#wasSet = true;
    if (uptime !== undefined && ns !== 0) this.#lookAtUptime(time, uptime);
    const isFirst = this.#told === 0 && this.#asked !== null;
    // A date(1) of whole seconds has cut off the rest.
    const cut = ns === 0 ? 1_000 : 0;
    this.#narrow(behind, isFirst ? (this.#asked ?? 0) - time - cut : -Infinity, now);
    this.#told += 1;
    this.#least = Math.min(this.#least, behind);
    this.#latest = behind;
  }

  /** ms, at most as much too long as the quickest saying took; null: not known, or the clock was set meanwhile. */
  get behind(): number | null {
    if (this.#told === 0 || this.#wasSet || this.#latest - this.#least > set) return null;
    return this.#least;
  }

  /** ms by which it is behind ours, at least and at most; null: not known. */
  get bounds(): Bounds | null {
    return Number.isFinite(this.#bounds.atLeast) && Number.isFinite(this.#bounds.atMost)
      ? this.#bounds
      : null;
  }

  #narrow(behind: number, atLeast: number, now: number): void {
    const drift = this.#told === 0 ? 0 : Math.max(0, now - this.#at) * CLOCK_DRIFT;
    this.#at = now;
    const narrowed = {
      atLeast: Math.max(this.#bounds.atLeast - drift, atLeast),
      atMost: Math.min(this.#bounds.atMost + drift, behind),
    };
    // It says what cannot be: its clock was set forward, or ours back.
    this.#bounds = narrowed.atLeast > narrowed.atMost ? { atLeast: -Infinity, atMost: behind } : narrowed;
  }

  /** How long a node is up nobody sets: when it booted changes by as much as its clock was set. */
  #lookAtUptime(time: number, { before, after }: NonNullable<CaptureTime['uptime']>): void {
    const booted = { atLeast: time - after * 1000 - uptimeTick, atMost: time - before * 1000 };
    const known = this.#booted ?? booted;
    const same = {
      atLeast: Math.max(known.atLeast, booted.atLeast),
      atMost: Math.min(known.atMost, booted.atMost),
    };
    const isSet = same.atLeast > same.atMost;
    this.#booted = isSet ? booted : same;
    if (!isSet) return;
    const { atLeast, atMost } = this.#bounds;
    this.#bounds = {
      atLeast: atLeast - (booted.atMost - known.atLeast),
      atMost: atMost - (booted.atLeast - known.atMost),
    };
  }
}
