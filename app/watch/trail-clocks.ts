// Clocks of the nodes that a watch's packets pass: learned of the trails, and what they say of how long a packet took.
import { estimateOf, widened, type Bounds } from './clocks/bounds.ts';
import type { ClockStep } from './clocks/clock-steps.ts';
import { NodeClocks, type Latency, type SyncContradiction } from './clocks/node-clocks.ts';
import { GIVE_NS, SessionOffsets } from './clocks/session-offsets.ts';
import type { SyncReading } from './clocks/sync-bounds.ts';
import {
  observeTrail,
  rawSighting,
  type RawSighting,
  type TrailPlaces,
} from './clocks/trail-observations.ts';
import type { Trail, TrailSighting } from './model.ts';
import type { NodeTime } from '../probe/facts.ts';
import type { SessionClocks } from './session-clocks.ts';

/** ns: twice as late as what waits longest for its verdict. */
const SET_BACK_NS = 10_000_000_000;

export interface NodeAhead {
  readonly node: number;
  /** ns by which its clock is ahead of the first node's; null: packets were seen in one direction only. */
  readonly ns: number | null;
  readonly plusMinusNs: number | null;
}

/** How far a node's clock is behind the first one's, as both said in passing: ns, hard bounds. */
export interface ToldClock {
  readonly node: number;
  readonly bounds: Bounds;
}

export interface TrailClocksContext extends TrailPlaces {
  readonly clocks: SessionClocks;
}

export class TrailClocks {
  readonly #clocks = new NodeClocks();
  readonly #offsets: SessionOffsets;
  readonly #context: TrailClocksContext;
  readonly #reference: number;
  /** By node, its own time of its latest sighting. */
  readonly #latest = new Map<number, number>();
  /** The same of what it said of its time. */
  readonly #heard = new Map<number, number>();
  readonly #told = new Map<number, Bounds>();
  /** What a node's synchronisation said before the node had said anything of its time. */
  readonly #undated = new Map<number, Omit<SyncReading, 'at'>>();

  /** @param reference the node whose time is the session's */
  constructor(context: TrailClocksContext, reference: number) {
    this.#context = context;
    this.#reference = reference;
    this.#offsets = new SessionOffsets(this.#clocks, reference);
  }

  /** Each trail once, when it is final. */
  add(trail: Trail): void {
    observeTrail(this.#clocks, trail, this.#context);
    for (const sighting of trail.sightings) {
      const raw = rawSighting(sighting, this.#context);
      if (raw !== null) this.#noteLatest(raw);
    }
  }

  /** By packets it is known better, as soon as they tell. */
  told({ node, bounds }: ToldClock): void {
    this.#told.set(node, bounds);
    if (node === this.#reference || !this.#isCompared(node)) this.#believe(node);
  }

  /** What a node said of its time between two looks at how long it is up, both in seconds. */
  observeUptime(node: number, time: NodeTime, { before, after }: { before: number; after: number }): void {
    const at = this.#context.clocks.rawTime(time);
    this.#clocks.observeUptime(node, at, before * 1e9, after * 1e9);
    this.#heard.set(node, Math.max(at, this.#heard.get(node) ?? -Infinity));
    const undated = this.#undated.get(node);
    if (undated === undefined) return;
    this.#undated.delete(node);
    this.#clocks.setSync(node, { at, ...undated });
  }

  /** @param at null: as of what the node said of its time last */
  setSync(node: number, at: NodeTime | null, bound: Omit<SyncReading, 'at'>): void {
    const read = at === null ? this.#heard.get(node) : this.#context.clocks.rawTime(at);
    if (read === undefined) this.#undated.set(node, bound);
    else this.#clocks.setSync(node, { at: read, ...bound });
  }

  /** Clocks that were set, as far as is remembered. */
  get steps(): readonly ClockStep[] {
    return this.#clocks.steps;
  }

  /** Where packets between the first node and another cannot be as their clock synchronisation says. */
  get contradictions(): readonly { readonly node: number; readonly by: SyncContradiction }[] {
    const at = this.#latest.get(this.#reference);
    if (at === undefined) return [];
    return [...this.#latest.keys()].flatMap((node) => {
      const by = this.#clocks.contradiction(this.#reference, at, node);
      return by === null ? [] : [{ node, by }];
    });
  }

  /** From now on answers are of all that was added, and packets are reckoned by it: once a second. */
  refresh(): void {
    const { version } = this.#clocks;
    this.#clocks.refresh();
    if (this.#clocks.version === version) return;
    for (const [node, at] of this.#latest) {
      if (node !== this.#reference && !this.#isCompared(node)) {
        // A clock that was set, and no packet has told by how much.
        this.#believe(node);
        continue;
      }
      const offset = this.#offsets.change(node, at);
      if (offset !== null) this.#context.clocks.set(node, offset);
      const ahead = this.#clocks.ahead(this.#reference, at, node);
      // Session time may lie anywhere between the bounds, and a little beyond.
      if (node === this.#reference) this.#context.clocks.known(node, 0);
      else if (ahead !== null) this.#context.clocks.known(node, 2 * ahead.plusMinusNs + GIVE_NS);
    }
  }

  /** What a packet took from one sighting to the next; null: nobody knows. */
  latency(from: TrailSighting, to: TrailSighting): Latency | null {
    const [sent, received] = [rawSighting(from, this.#context), rawSighting(to, this.#context)];
    return sent === null || received === null
      ? null
      : this.#clocks.latency(sent.node, sent.at, received.node, received.at);
  }

  /** What comes out of its order comes a few seconds late; what is earlier by more is of a clock that was set back. */
  #noteLatest({ node, at }: RawSighting): void {
    const known = this.#latest.get(node) ?? -Infinity;
    if (at > known || at < known - SET_BACK_NS) this.#latest.set(node, at);
  }

  #isCompared(node: number): boolean {
    const at = this.#latest.get(node);
    return at !== undefined && this.#clocks.ahead(node, at, this.#reference) !== null;
  }

  /** What was added before stays as long as it may be so. */
  #believe(node: number): void {
    const bounds = this.#told.get(node);
    const estimate = bounds === undefined ? null : estimateOf(bounds);
    if (bounds === undefined || estimate === null) return;
    const { clocks } = this.#context;
    const now = clocks.offset(node);
    const { atLeast, atMost } = widened(bounds, GIVE_NS);
    const offset = now >= atLeast && now <= atMost ? now : Math.round(estimate.ns);
    clocks.set(node, offset, Math.max(atMost - offset, offset - atLeast));
    this.#offsets.assume(node, offset);
  }

  get nodes(): readonly NodeAhead[] {
    const at = this.#latest.get(this.#reference);
    return [...this.#latest.keys()]
      .sort((a, b) => a - b)
      .map((node): NodeAhead => {
        const ahead = at === undefined ? null : this.#clocks.ahead(this.#reference, at, node);
        return { node, ns: ahead?.ns ?? null, plusMinusNs: ahead?.plusMinusNs ?? null };
      });
  }
}
