// How much of a node a watch may take, and what it gives up when that is not enough (DESIGN §10; captures begin with the least snaplen that
// trails need, so that it is no step): all that the Pod says and hears, then what it exchanges with a few, then nothing but what interfaces
// count anyhow. It goes down at once, and up again one step at a time, ever more seldom where that was in vain. Time comes in, ms.

/** Of all captures of a node together, a second. */
export interface NodeLoad {
  /** That passed the filters, lost ones among them. */
  readonly packets: number;
  /** Sent to us. */
  readonly bytes: number;
  /** Processors that tcpdump and our shell took. */
  readonly cpu: number;
  /** Packets that the node's kernel had no room for. */
  readonly dropped: number;
}

export type Degree = 'all' | 'few' | 'counters';
export type Caps = Pick<NodeLoad, 'packets' | 'bytes' | 'cpu'>;

/** One processor; what tcpdump does with that at most, measured; and with headers of as many packets. */
export const CAPS: Caps = { packets: 200_000, bytes: 32 * 1024 * 1024, cpu: 1 };

/** Seconds in a row above a cap until less is captured: one may be a burst. */
export const OVER_S = 2;
/** Seconds in a row below `CALM` of each cap until more is captured. */
export const CALM_S = 20;
const CALM = 0.5;
/** ms until more is tried; doubling where it was in vain. */
export const REST_MS = { first: 30_000, longest: 300_000 } as const;
/** ms after which what was tried has held. */
const HELD_MS = 60_000;
/** Of 100 packets the kernel loses so many: verdicts of all of them suffer, where less could be captured whole. */
const LOST_SHARE = 0.01;
/** Packets a second below which a loss is no question of how many there are. */
const LOST_FROM = 20_000;

export interface Excess {
  readonly of: keyof NodeLoad;
  readonly load: NodeLoad;
  /** Of `dropped`: the share that may be lost. */
  readonly cap: number;
}

export interface Step {
  readonly degree: Degree;
  /** Why less is captured; null: more is. */
  readonly excess: Excess | null;
  /** ms: more is not tried before. */
  readonly notBefore: number;
}

/** Of a load that is too much, the share that would not be; of what the kernel loses nobody knows how much it had room for. */
export function shareThatFits({ of, load, cap }: Excess): number {
  return of === 'dropped' ? 0.5 : cap / load[of];
}

export class NodeGovernor {
  readonly #caps: Caps;
  #degree: Degree = 'all';
  /** As of what was told last. */
  #excess: Excess | null = null;
  #over = 0;
  #calm = 0;
  #restMs: number = REST_MS.first;
  #notBefore = 0;
  /** When more was tried last; null: never, or it has held. */
  #triedAt: number | null = null;

  constructor(caps: Caps = CAPS) {
    this.#caps = caps;
  }

  get degree(): Degree {
    return this.#degree;
  }

  /**
   * Once a second.
   * @param load null: nothing new is known of it. `late`: it should have told, and has not
   * @param hasFew there are some who can be captured alone, where that is too much; null: it is not known any more what was
   * @returns null: it goes on as it is
   */
  second(
    now: number,
    load: NodeLoad | 'late' | null,
    hasFew: (excess: Excess | null) => boolean,
  ): Step | null {
    if (this.#triedAt !== null && now - this.#triedAt >= HELD_MS && this.#over === 0) {
      this.#triedAt = null;
      this.#restMs = REST_MS.first;
    }
    if (load !== null) this.#learn(load);
    const excess = this.#excess;
    const lower =
      load !== null && excess !== null && this.#over >= OVER_S ? this.#lower(excess, hasFew) : null;
    if (excess !== null && lower !== null) return this.#down(now, excess, lower);
    if (this.#degree === 'all' || now < this.#notBefore) return null;
    // Where nothing is captured nothing tells how much there would be.
    if (this.#degree === 'few' && this.#calm < CALM_S) return null;
    return this.#to(this.#degree === 'counters' && hasFew(null) ? 'few' : 'all', null, now);
  }

  /** One that does not come to tell has no less to do than before. */
  #learn(load: NodeLoad | 'late'): void {
    if (load !== 'late') this.#excess = excessOf(load, this.#caps);
    this.#over = this.#excess === null ? 0 : this.#over + 1;
    const isCalm =
      load !== 'late' && this.#excess === null && ratiosOf(load, this.#caps).every((ratio) => ratio <= CALM);
    this.#calm = isCalm ? this.#calm + 1 : 0;
  }

  /** Null: it goes no lower. Where some are lost, some are there: that is more than nothing. */
  #lower(excess: Excess, hasFew: (excess: Excess) => boolean): Degree | null {
    if (this.#degree === 'counters') return null;
    if (this.#degree === 'all' && hasFew(excess)) return 'few';
    return excess.of === 'dropped' ? null : 'counters';
  }

  #down(now: number, excess: Excess, degree: Degree): Step {
    if (this.#triedAt !== null) this.#restMs = Math.min(this.#restMs * 2, REST_MS.longest);
    this.#triedAt = null;
    this.#notBefore = now + this.#restMs;
    return this.#to(degree, excess, now);
  }

  #to(degree: Degree, excess: Excess | null, now: number): Step {
    if (excess === null) {
      this.#triedAt = now;
      this.#notBefore = now + this.#restMs;
    }
    this.#degree = degree;
    this.#excess = null;
    this.#over = 0;
    this.#calm = 0;
    return { degree, excess, notBefore: this.#notBefore };
  }
}

function ratiosOf(load: NodeLoad, caps: Caps): number[] {
  return [load.packets / caps.packets, load.bytes / caps.bytes, load.cpu / caps.cpu];
}

/** What is furthest above what it may be; null: nothing is. */
function excessOf(load: NodeLoad, caps: Caps): Excess | null {
  const [packets = 0, bytes = 0, cpu = 0] = ratiosOf(load, caps);
  const most = Math.max(packets, bytes, cpu);
  if (most > 1) {
    const of = most === packets ? 'packets' : most === bytes ? 'bytes' : 'cpu';
    return { of, load, cap: caps[of] };
  }
  return load.packets >= LOST_FROM && load.dropped > load.packets * LOST_SHARE
    ? { of: 'dropped', load, cap: LOST_SHARE }
    : null;
}
