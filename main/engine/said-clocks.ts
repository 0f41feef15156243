// What captures' seconds say of the nodes' clocks: how far each is behind the first one's, and what it is beside the node's uptime.
import { intersection, unbounded, type Bounds } from '../../app/watch/clocks/bounds.ts';
import type { CaptureRecord } from './capture-record.ts';
import type { ToldUptime } from './trail-protocol.ts';

type Saying = Pick<CaptureRecord, 'plan' | 'told' | 'behindBounds' | 'over'>;

export interface Said {
  /** Nodes of which another thing is known than before: ns by which each is behind the first one. */
  readonly behind: readonly (readonly [label: string, bounds: Bounds])[];
  /** Null: nothing new. */
  readonly uptime: Omit<ToldUptime, 'node'> | null;
}

export class SaidClocks {
  /** The node whose time is the session's. */
  #reference: string | null = null;
  /** By node, what its captures say; by capture. */
  readonly #sayings = new Map<string, Map<object, Bounds>>();
  readonly #told = new Map<object, unknown>();
  readonly #behind = new Map<string, Bounds>();

  /** @param record the first one's node is the reference */
  look(record: Saying): Said {
    const { plan, told, behindBounds, over } = record;
    const label = plan.nodeLabel;
    this.#reference ??= label;
    const isNew = told !== null && this.#told.get(record) !== told;
    const sayings = this.#sayings.get(label) ?? new Map<object, Bounds>();
    this.#sayings.set(label, sayings);
    if (over) {
      // What it said last grows old.
      this.#told.delete(record);
      sayings.delete(record);
      return { behind: [], uptime: null };
    }
    if (!isNew) return { behind: [], uptime: null };
    this.#told.set(record, told);
    if (behindBounds === null) sayings.delete(record);
    else sayings.set(record, behindBounds);
    const changed = label === this.#reference ? [...this.#sayings.keys()] : [label];
    const { nodeTime: time, uptime } = told;
    return {
      behind: changed.flatMap((one) => this.#changed(one)),
      uptime: uptime === undefined ? null : { time, ...uptime },
    };
  }

  #changed(label: string): Said['behind'] {
    const [own, reference] = [this.#ofNode(label), this.#ofNode(this.#reference ?? label)];
    if (own === null || reference === null) return [];
    const bounds =
      label === this.#reference
        ? { atLeast: 0, atMost: 0 }
        : {
            atLeast: (own.atLeast - reference.atMost) * 1e6,
            atMost: (own.atMost - reference.atLeast) * 1e6,
          };
    const known = this.#behind.get(label);
    if (known?.atLeast === bounds.atLeast && known.atMost === bounds.atMost) return [];
    this.#behind.set(label, bounds);
    return [[label, bounds]];
  }

  /** Of all its captures; null: not known. */
  #ofNode(label: string): Bounds | null {
    const said = [...(this.#sayings.get(label)?.values() ?? [])];
    if (said.length === 0) return null;
    const all = said.reduce(intersection, unbounded);
    // One of them has not noticed yet that the clock was set: the latest is asked.
    return all.atLeast <= all.atMost ? all : (said.at(-1) ?? null);
  }
}
