// Flows of which packets were seen inside a tunnel: there they have further addresses and ports, which a filter may ask for.
import type { PacketSegment } from '../packet/store/packet-segment.ts';
import type { FlowTable } from './flow-table.ts';

export class CarriedFlows {
  readonly #flows: Pick<FlowTable, 'of'>;
  readonly #most: number;
  readonly #carried = new Set<number>();

  /** @param most that are remembered; the oldest are forgotten, and noticed again with their next packet */
  constructor(flows: Pick<FlowTable, 'of'>, most: number) {
    this.#flows = flows;
    this.#most = most;
  }

  /** Packets that are in the flow table already. */
  take(segment: PacketSegment, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      if (segment.outerOffset(row) < 0) continue;
      this.#carried.add(this.#flows.of(segment, row));
      if (this.#carried.size > this.#most) this.#carried.delete(this.#carried.values().next().value ?? 0);
    }
  }

  /** Those connections of which one is. */
  connections(connectionOf: (flow: number) => number): ReadonlySet<number> {
    return new Set([...this.#carried].map(connectionOf));
  }
}
