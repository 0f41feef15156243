// Sightings that wait for those of the same packet elsewhere: columns in typed arrays, some 70 bytes each, and rows that are free again are
// used again. Those of one identity (packet-identity.ts) hang together in a chain, found by a hash table of open addressing.

/** Rows to begin with; doubled as they run out. */
const FIRST_ROWS = 1 << 14;
export const NONE = -1;

/** What was known of a sighting when others of its chain were settled, and cannot be seen any more. */
export const Doubt = {
  /** It was cut off from like ones before it, of which nobody knows which were its own. */
  tangled: 1,
  /** One like it was there under other addresses. */
  elsewhere: 2,
} as const;

export class Sightings {
  /** Rows there may be; what comes beyond is refused. */
  readonly #mostRows: number;
  #rows = 0;
  #free = NONE;
  #used = 0;

  /** Session time, ns since the run's base second. */
  at = new Float64Array(FIRST_ROWS);
  /** The packet's number in the store. */
  number = new Float64Array(FIRST_ROWS);
  keyA = new Uint32Array(FIRST_ROWS);
  keyB = new Uint32Array(FIRST_ROWS);
  visit = new Uint32Array(FIRST_ROWS);
  flow = new Uint32Array(FIRST_ROWS);
  /** The packet's columns of these names; `length` is the payload's. */
  sequence = new Uint32Array(FIRST_ROWS);
  length = new Uint32Array(FIRST_ROWS);
  /** Bytes on the wire from layer 4 on; 0: of a fragment. */
  size = new Uint32Array(FIRST_ROWS);
  detail = new Uint32Array(FIRST_ROWS);
  /** TCP's; 0 of others. */
  acknowledgement = new Uint32Array(FIRST_ROWS);
  /** TCP flags, ICMP type and code. */
  flags = new Uint16Array(FIRST_ROWS);
  ttl = new Uint8Array(FIRST_ROWS);
  /** 1: matched by its range. */
  ranged = new Uint8Array(FIRST_ROWS);
  /** Index of the clock by which `at` was reckoned. */
  clock = new Uint32Array(FIRST_ROWS);
  /** Bits of `Doubt`. */
  doubts = new Uint8Array(FIRST_ROWS);
  /** Bits of `Trait`. */
  traits = new Uint8Array(FIRST_ROWS);
  /** The next of the chain, or of the free ones; `NONE`: the last. */
  next = new Int32Array(FIRST_ROWS);

  constructor(mostRows: number) {
    this.#mostRows = mostRows;
  }

  get used(): number {
    return this.#used;
  }

  get full(): boolean {
    return this.#used >= this.#mostRows;
  }

  /** A row to be written, of no chain and no trail; `NONE` when there is no room. */
  add(): number {
    if (this.full) return NONE;
    this.#used += 1;
    let row = this.#free;
    if (row !== NONE) this.#free = this.next[row] ?? NONE;
    else {
      row = this.#rows;
      this.#rows += 1;
      if (row >= this.at.length) this.#grow();
    }
    this.next[row] = NONE;
    return row;
  }

  free(row: number): void {
    this.#used -= 1;
    this.next[row] = this.#free;
    this.#free = row;
  }

  #grow(): void {
    const length = this.at.length * 2;
    this.at = longer(this.at, new Float64Array(length));
    this.number = longer(this.number, new Float64Array(length));
    this.keyA = longer(this.keyA, new Uint32Array(length));
    this.keyB = longer(this.keyB, new Uint32Array(length));
    this.visit = longer(this.visit, new Uint32Array(length));
    this.flow = longer(this.flow, new Uint32Array(length));
    this.sequence = longer(this.sequence, new Uint32Array(length));
    this.length = longer(this.length, new Uint32Array(length));
    this.size = longer(this.size, new Uint32Array(length));
    this.detail = longer(this.detail, new Uint32Array(length));
    this.flags = longer(this.flags, new Uint16Array(length));
    this.clock = longer(this.clock, new Uint32Array(length));
    this.doubts = longer(this.doubts, new Uint8Array(length));
    this.acknowledgement = longer(this.acknowledgement, new Uint32Array(length));
    this.ttl = longer(this.ttl, new Uint8Array(length));
    this.ranged = longer(this.ranged, new Uint8Array(length));
    this.traits = longer(this.traits, new Uint8Array(length));
    this.next = longer(this.next, new Int32Array(length));
  }
}

function longer<T extends { set(from: ArrayLike<number>): void } & ArrayLike<number>>(from: T, to: T): T {
  to.set(from);
  return to;
}
