// Who else is in packets with the watched Pod's addresses, each told once, and how many packets with each, now and then. Addresses are looked
// at once a segment: a packet costs two look-ups of bytes.
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

/** Packets at all vantage points. */
export interface TalkCount {
  readonly address: string;
  readonly packets: number;
}

export class PacketPeers {
  readonly #watched: ReadonlySet<string>;
  readonly #told = new Set<string>();
  /** Number of the first packet that was not looked at. */
  #next: number;
  #segment: PacketSegment | null = null;
  /** What each address of that segment is, by id. */
  #kinds = new Uint8Array(0);
  /** Packets with each since they were summed up. */
  #counts = new Uint32Array(0);
  /** Of that segment, which may have left by the time they are summed up. */
  #names: string[] = [];
  readonly #talks = new Map<string, number>();

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
        this.#sumUp();
        this.#segment = segment;
        this.#kinds = new Uint8Array(256);
        this.#counts = new Uint32Array(256);
        this.#names = [];
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

  /** Since this was last asked. */
  talks(): TalkCount[] {
    this.#sumUp();
    const talks = [...this.#talks].map(([address, packets]) => ({ address, packets }));
    this.#talks.clear();
    return talks;
  }

  #sumUp(): void {
    for (const [id, packets] of this.#counts.entries()) {
      const address = this.#names[id];
      if (packets === 0 || address === undefined) continue;
      const known = this.#talks.get(address);
      if (known !== undefined || this.#talks.size < mostPeers)
        this.#talks.set(address, (known ?? 0) + packets);
    }
    this.#counts.fill(0);
  }

  #lookAt(segment: PacketSegment, row: number, found: Peer[]): void {
    if (segment.family[row] === 0) return;
    const source = segment.source[row] ?? 0;
    const destination = segment.destination[row] ?? 0;
    const from = this.#kindOf(segment, source);
    const to = this.#kindOf(segment, destination);
    if (from === watchedOne && to !== watchedOne) this.#count(segment, row, destination, to, found);
    if (to === watchedOne && from !== watchedOne) this.#count(segment, row, source, from, found);
  }

  #count(segment: PacketSegment, row: number, id: number, kind: number, found: Peer[]): void {
    this.#counts[id] = (this.#counts[id] ?? 0) + 1;
    if (kind === otherOne) this.#tell(segment, row, id, found);
  }

  #kindOf(segment: PacketSegment, id: number): number {
    if (id >= this.#kinds.length) {
      const longer = new Uint8Array(Math.max(id + 1, this.#kinds.length * 2));
      longer.set(this.#kinds);
      this.#kinds = longer;
      const more = new Uint32Array(longer.length);
      more.set(this.#counts);
      this.#counts = more;
    }
    const known = this.#kinds[id];
    if (known !== undefined && known !== unseen) return known;
    const address = segment.address(id);
    this.#names[id] = address;
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
