// Connections of which packets were seen inside a tunnel: there they have further addresses and ports, which a filter may ask for.
import type { PacketSegment } from '../packet/store/packet-segment.ts';
import type { FlowTable } from './flow-table.ts';

interface KnownFlows {
  readonly flows: Pick<FlowTable, 'of'>;
  readonly connectionOf: (flow: number) => number;
}

export class CarriedFlows {
  readonly #known: KnownFlows;
  readonly #most: number;
  readonly #carried = new Set<number>();

  /** @param most that are remembered; the oldest are forgotten, and noticed again with their next packet */
  constructor(known: KnownFlows, most: number) {
    this.#known = known;
    this.#most = most;
  }

  /** Packets that are in the flow table already. */
  take(segment: PacketSegment, from: number, to: number): void {
    const { flows } = this.#known;
    for (let row = from; row < to; row += 1)
      if (segment.outerOffset(row) >= 0) this.#add(this.#known.connectionOf(flows.of(segment, row)));
  }

  /** Two connections were one. */
  join(connection: number, other: number): void {
    if (this.#carried.delete(other)) this.#add(connection);
  }

  has(connection: number): boolean {
    return this.#carried.has(connection);
  }

  #add(connection: number): void {
    this.#carried.add(connection);
    if (this.#carried.size > this.#most) this.#carried.delete(this.#carried.values().next().value ?? 0);
  }
}
