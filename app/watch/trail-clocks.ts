// Clocks of the nodes that a watch's packets pass: learned of the trails, and what they say of how long a packet took.
import { NodeClocks, type Latency } from './clocks/node-clocks.ts';
import { GIVE_NS, SessionOffsets } from './clocks/session-offsets.ts';
import { observeTrail, rawSighting, type TrailPlaces } from './clocks/trail-observations.ts';
import type { Trail, TrailSighting } from './model.ts';
import type { SessionClocks } from './session-clocks.ts';

export interface NodeAhead {
  readonly node: number;
  /** ns by which its clock is ahead of the first node's; null: packets were seen in one direction only. */
  readonly ns: number | null;
  readonly plusMinusNs: number | null;
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
      if (raw !== null) this.#latest.set(raw.node, Math.max(raw.at, this.#latest.get(raw.node) ?? -Infinity));
    }
  }

  /** From now on answers are of all that was added, and packets are reckoned by it: once a second. */
  refresh(): void {
    const { version } = this.#clocks;
    this.#clocks.refresh();
    if (this.#clocks.version === version) return;
    for (const [node, at] of this.#latest) {
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
