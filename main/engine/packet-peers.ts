// Who else is in packets with the watched Pod's addresses, each told once. Addresses are looked at once a segment: a
// packet costs two look-ups of bytes.
import type { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import type { PacketStore } from '../../app/packet/store/packet-store.ts';
import type { NodeTime } from '../../app/topology/model.ts';

/** Somebody may invent addresses: no Pod has more peers than these that anybody looks at. */
const mostPeers = 1_000;

const unseen = 0;
const watchedOne = 1;
const otherOne = 2;
const toldOne = 3;

export interface Peer {
  readonly address: string;
  readonly at: NodeTime;
}

export class PacketPeers {
  readonly #watched: ReadonlySet<string>;
  readonly #told = new Set<string>();
  /** Number of the first packet that was not looked at. */
  #next: number;
  #segment: PacketSegment | null = null;
  /** What each address of that segment is, by id. */
  #kinds = new Uint8Array(0);

  /** Looks at packets from number `next` on. */
  constructor(watched: readonly string[], next: number) {
    this.#watched = new Set(watched);
    this.#next = next;
  }

  /** Peers in packets that came since, and the time of the last packet of each capture. */
  look(store: PacketStore): { readonly peers: Peer[]; readonly newest: ReadonlyMap<number, NodeTime> } {
    const peers: Peer[] = [];
    /** Of the last packet of each capture: where it is. */
    const last = new Map<number, { segment: PacketSegment; row: number }>();
    for (const segment of store.segments) {
      const end = segment.endNumber;
      if (end <= this.#next) continue;
      if (segment !== this.#segment) {
        this.#segment = segment;
        this.#kinds = new Uint8Array(256);
      }
      const first = Math.max(this.#next - segment.firstNumber, 0);
      let captureId = -1;
      for (let row = first; row < end - segment.firstNumber; row++) {
        this.#lookAt(segment, row, peers);
        const of = segment.captureId[row] ?? 0;
        if (of !== captureId && row > first) last.set(captureId, { segment, row: row - 1 });
        captureId = of;
      }
      last.set(captureId, { segment, row: end - segment.firstNumber - 1 });
      this.#next = end;
    }
    const newest = new Map([...last].map(([id, { segment, row }]) => [id, timeOf(segment, row)]));
    return { peers, newest };
  }

  #lookAt(segment: PacketSegment, row: number, found: Peer[]): void {
    if (segment.family[row] === 0) return;
    const source = segment.source[row] ?? 0;
    const destination = segment.destination[row] ?? 0;
    const from = this.#kindOf(segment, source);
    const to = this.#kindOf(segment, destination);
    if (from === watchedOne && to === otherOne) this.#tell(segment, row, destination, found);
    if (to === watchedOne && from === otherOne) this.#tell(segment, row, source, found);
  }

  #kindOf(segment: PacketSegment, id: number): number {
    if (id >= this.#kinds.length) {
      const longer = new Uint8Array(Math.max(id + 1, this.#kinds.length * 2));
      longer.set(this.#kinds);
      this.#kinds = longer;
    }
    const known = this.#kinds[id];
    if (known !== undefined && known !== unseen) return known;
    const address = segment.address(id);
    const kind = this.#watched.has(address) ? watchedOne : this.#told.has(address) ? toldOne : otherOne;
    this.#kinds[id] = kind;
    return kind;
  }

  #tell(segment: PacketSegment, row: number, id: number, found: Peer[]): void {
    this.#kinds[id] = toldOne;
    if (this.#told.size >= mostPeers) return;
    const address = segment.address(id);
    this.#told.add(address);
    found.push({ address, at: timeOf(segment, row) });
  }
}

function timeOf(segment: PacketSegment, row: number): NodeTime {
  return { s: segment.seconds[row] ?? 0, ns: segment.nanoseconds[row] ?? 0 };
}
