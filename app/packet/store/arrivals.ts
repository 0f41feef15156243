// How many packets each interface of each capture got since the last ask. Kept a packet at a time, so no object a packet.
import { PACKET_TYPE_OUTGOING } from './packet-segment.ts';

export type ArrivalVisitor = (
  captureId: number,
  ifindex: number,
  inbound: number,
  outbound: number,
  /** Of both: TCP resets and ICMP errors. */
  refused: number,
) => void;

/** Interfaces between two asks; a stream that names more is inventing them, and the rest count for ifindex 0. */
const MAX_PLACES = 4096;

export class Arrivals {
  /** Open addressing over places + 1; twice the places and the captures' own ifindex 0. */
  readonly #slots = new Uint16Array(4 * MAX_PLACES);
  #captureIds = new Uint16Array(64);
  #ifindexes = new Uint32Array(64);
  #inbound = new Uint32Array(64);
  #outbound = new Uint32Array(64);
  #refused = new Uint32Array(64);
  #places = 0;
  /** Packets come in runs: most are of the place of the one before. */
  #last = 0;

  count(captureId: number, ifindex: number, packetType: number, refused: boolean): void {
    let place = this.#last;
    if (
      place >= this.#places ||
      this.#captureIds[place] !== captureId ||
      this.#ifindexes[place] !== ifindex
    ) {
      place = this.#find(captureId, ifindex);
      this.#last = place;
    }
    if (packetType === PACKET_TYPE_OUTGOING) this.#outbound[place] = (this.#outbound[place] ?? 0) + 1;
    else this.#inbound[place] = (this.#inbound[place] ?? 0) + 1;
    if (refused) this.#refused[place] = (this.#refused[place] ?? 0) + 1;
  }

  /** Tells each place once, and begins anew. */
  take(visit: ArrivalVisitor): void {
    const places = this.#places;
    this.#places = 0;
    this.#slots.fill(0);
    for (let place = 0; place < places; place += 1) {
      visit(
        this.#captureIds[place] ?? 0,
        this.#ifindexes[place] ?? 0,
        this.#inbound[place] ?? 0,
        this.#outbound[place] ?? 0,
        this.#refused[place] ?? 0,
      );
    }
  }

  #find(captureId: number, ifindex: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(ifindex, 0x9e3779b1) ^ Math.imul(captureId, 0x85ebca6b)) >>> 18;
    for (;;) {
      const place = (this.#slots[slot & mask] ?? 0) - 1;
      if (place < 0) break;
      if (this.#captureIds[place] === captureId && this.#ifindexes[place] === ifindex) return place;
      slot += 1;
    }
    if (this.#places >= MAX_PLACES && ifindex !== 0) return this.#find(captureId, 0);
    // A fixed table of slots: captures beyond it share the last place rather than none.
    if (this.#places >= 2 * MAX_PLACES) return this.#places - 1;
    const place = this.#places;
    if (place === this.#captureIds.length) this.#grow();
    this.#places += 1;
    this.#slots[slot & mask] = this.#places;
    this.#captureIds[place] = captureId;
    this.#ifindexes[place] = ifindex;
    this.#inbound[place] = 0;
    this.#outbound[place] = 0;
    this.#refused[place] = 0;
    return place;
  }

  #grow(): void {
    const length = this.#captureIds.length * 2;
    const halves = new Uint16Array(length);
    halves.set(this.#captureIds);
    this.#captureIds = halves;
    this.#ifindexes = roomier(this.#ifindexes);
    this.#inbound = roomier(this.#inbound);
    this.#outbound = roomier(this.#outbound);
    this.#refused = roomier(this.#refused);
  }
}

function roomier(words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(words.length * 2);
  grown.set(words);
  return grown;
}
