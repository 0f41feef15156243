// What has left the ring: whole segments, one behind the other on a medium that is used round and round. The oldest leave
// it for the newest, and a few at a time are brought back to be read.
import { PacketSegment } from './packet-segment.ts';

/** Where bytes go that leave memory: a file. It never throws. */
export interface SpillMedium {
  /** Bytes there is room for; may become fewer: a disk fills up. */
  readonly maxBytes: number;
  /** False: it could not, or there is no room for so much. */
  write(bytes: Uint8Array, at: number): boolean;
  read(bytes: Uint8Array, at: number): boolean;
  /** Segments before this ordinal are overwritten from now on: told before they are. */
  leaving(ordinal: number): void;
}

/** Where a segment lies on the medium. */
export interface SpilledSegment {
  /** From 0, in the order in which they came. */
  readonly ordinal: number;
  readonly firstNumber: number;
  readonly count: number;
  /** Bytes. */
  readonly at: number;
  readonly length: number;
}

/** Segments in memory at once: what a screen shows may lie at the border of two, and a search goes on beside it. */
const MOST_OPEN = 4;

/** The packets of one segment, wherever it lies. */
export interface Stretch {
  readonly firstNumber: number;
  /** Whole rows. */
  readonly count: number;
  /** It is not read from the medium anew each time. */
  readonly inMemory: boolean;
  /** Null: it could not be read. Not kept longer than it takes to look at it. */
  open(): PacketSegment | null;
}

export class Spill {
  readonly #medium: SpillMedium;
  #kept: readonly SpilledStretch[] = [];
  #nextOrdinal = 0;
  /** By ordinal, the one used last at the end. */
  readonly #open = new Map<number, PacketSegment>();

  /**
   * @param kept oldest first: what another worker left
   * @param nextOrdinal at least: above those that it gave up
   */
  constructor(medium: SpillMedium, kept: readonly SpilledSegment[] = [], nextOrdinal = 0) {
    this.#medium = medium;
    this.#kept = kept.map((place) => new SpilledStretch(place, this));
    this.#nextOrdinal = Math.max(nextOrdinal, (kept.at(-1)?.ordinal ?? -1) + 1);
  }

  /** Oldest first, without a gap. Another array when one came or left. */
  get stretches(): readonly SpilledStretch[] {
    return this.#kept;
  }

  /** Takes a copy of a segment that nothing is written to any more. What cannot be taken leaves a gap: what is older leaves, too. */
  put(segment: PacketSegment): SpilledSegment | null {
    const bytes = new Uint8Array(segment.buffer);
    // A medium that has become smaller is asked once more.
    const place = this.#write(segment, bytes) ?? this.#write(segment, bytes);
    if (place === null) this.#leave(this.#kept.length);
    else this.#kept = [...this.#kept, new SpilledStretch(place, this)];
    return place;
  }

  read({ ordinal, firstNumber, count, at, length }: SpilledSegment): PacketSegment | null {
    let segment = this.#open.get(ordinal) ?? null;
    this.#open.delete(ordinal);
    if (segment === null) {
      const bytes = new Uint8Array(length);
      if (this.#medium.read(bytes, at)) segment = segmentIn(bytes.buffer, firstNumber, count);
    }
    if (segment === null) return null;
    this.#open.set(ordinal, segment);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MOST_OPEN) break;
      this.#open.delete(oldest);
    }
    return segment;
  }

  #write(segment: PacketSegment, bytes: Uint8Array): SpilledSegment | null {
    const { maxBytes } = this.#medium;
    const { length } = bytes;
    const last = this.#kept.at(-1)?.place;
    const behind = last === undefined ? 0 : last.at + last.length;
    const wraps = behind + length > maxBytes;
    const at = wraps ? 0 : behind;
    // In the order of their places, from behind the newest on, come the oldest.
    const stays = this.#kept.findIndex(
      ({ place }) =>
        !(place.at < at + length && at < place.at + place.length) && !(wraps && place.at >= behind),
    );
    this.#leave(stays < 0 ? this.#kept.length : stays);
    if (!this.#medium.write(bytes, at)) return null;
    const ordinal = this.#nextOrdinal;
    this.#nextOrdinal += 1;
    return { ordinal, firstNumber: segment.firstNumber, count: segment.count, at, length };
  }

  /** The oldest `count`. */
  #leave(count: number): void {
    if (count === 0) return;
    for (const { place } of this.#kept.slice(0, count)) this.#open.delete(place.ordinal);
    this.#kept = this.#kept.slice(count);
    this.#medium.leaving(this.#kept[0]?.place.ordinal ?? this.#nextOrdinal);
  }
}

export class SpilledStretch implements Stretch {
  readonly place: SpilledSegment;
  readonly inMemory = false;
  readonly #spill: Spill;

  constructor(place: SpilledSegment, spill: Spill) {
    this.place = place;
    this.#spill = spill;
  }

  get firstNumber(): number {
    return this.place.firstNumber;
  }

  get count(): number {
    return this.place.count;
  }

  open(): PacketSegment | null {
    return this.#spill.read(this.place);
  }
}

/** Null: the bytes are not those that were written. */
export function segmentIn(buffer: ArrayBuffer, firstNumber: number, count: number): PacketSegment | null {
  try {
    const segment = new PacketSegment(buffer);
    return segment.firstNumber === firstNumber && segment.count === count ? segment : null;
  } catch {
    return null;
  }
}
