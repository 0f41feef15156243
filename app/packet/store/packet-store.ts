// The packets that are kept: a ring of segments bounded in bytes, of which the oldest leaves whole.
import { Arrivals, type ArrivalVisitor } from './arrivals.ts';
import { CaptureDecoder } from '../file/capture-decoder.ts';
import { PacketSegment } from './packet-segment.ts';
import { isRefused } from '../summary/refusal.ts';
import { COLUMN_BYTES, HEADER_BYTES, MAX_ROWS } from './segment-layout.ts';
import { SegmentWriter } from './segment-writer.ts';
import type { Spill, Stretch } from './spill.ts';

/** A ring is so many segments, so that little leaves at once. */
const SEGMENTS_A_RING = 32;
/** Larger ones gain nothing and leave in larger steps. */
const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;
/** A store's first segment; each is twice as large as the one before, up to a ring's share. */
const FIRST_SEGMENT_BYTES = 64 * 1024;
/** Less would not hold a packet of any size. */
const MIN_SEGMENT_BYTES = 4096;
/** Until measured: a header of SLL2, IPv4 and TCP with timestamps, and a share of an address. */
const USUAL_HEAP_BYTES = 88;

export interface PacketStoreOptions {
  /** Columns, addresses and raw bytes together; one segment stays even when it is larger. */
  readonly maxBytes: number;
  /** A zeroed buffer of that size; shared ones survive the thread. Default: a SharedArrayBuffer. */
  readonly allocate?: (bytes: number) => ArrayBufferLike;
  /** Told of a buffer that has left. */
  readonly release?: (buffer: ArrayBufferLike) => void;
  /** Oldest first: a fresh worker goes on from what a dead one left. They are read, never written to again. */
  readonly segments?: readonly ArrayBufferLike[];
  /** Where segments go that leave the ring; without it they are gone. */
  readonly spill?: Spill;
}

/** Where a packet is. */
export interface PacketPlace {
  readonly segment: PacketSegment;
  readonly row: number;
}

export class PacketStore {
  readonly #maxBytes: number;
  readonly #maxSegmentBytes: number;
  readonly #allocate: (bytes: number) => ArrayBufferLike;
  readonly #release: ((buffer: ArrayBufferLike) => void) | null;
  readonly #spill: Spill | null;
  #segments: PacketSegment[] = [];
  #stretches: readonly Stretch[] = [];
  #bytes = 0;
  #writer: SegmentWriter | null = null;
  #nextSegmentBytes: number;
  #heapBytesARow = USUAL_HEAP_BYTES;
  #endNumber = 1;
  readonly #arrivals = new Arrivals();
  /** By capture id, of the device it listens to. */
  readonly #deviceMacs = new Map<number, Uint8Array>();

  constructor(options: PacketStoreOptions) {
    this.#maxBytes = options.maxBytes;
    this.#maxSegmentBytes = Math.max(
      MIN_SEGMENT_BYTES,
      Math.min(MAX_SEGMENT_BYTES, Math.floor(options.maxBytes / SEGMENTS_A_RING)),
    );
    this.#nextSegmentBytes = Math.min(FIRST_SEGMENT_BYTES, this.#maxSegmentBytes);
    this.#allocate = options.allocate ?? ((bytes) => new SharedArrayBuffer(bytes));
    this.#release = options.release ?? null;
    this.#spill = options.spill ?? null;
    for (const buffer of options.segments ?? []) this.#adopt(new PacketSegment(buffer));
    this.#endNumber = this.#segments.at(-1)?.endNumber ?? this.#spillEnd;
    this.#arrange();
  }

  /**
   * One pcap stream's way in. Streams may be pushed in any order.
   *
   * @param deviceMac six bytes, of the one device that is captured: where its link type does not say which way a packet
   * went, this does
   */
  decoder(captureId: number, deviceMac: Uint8Array | null = null): CaptureDecoder {
    if (deviceMac !== null) this.#deviceMacs.set(captureId, deviceMac);
    return new CaptureDecoder(this, captureId);
  }

  /** Packets decoded since the run began, those before `segments` too. */
  get total(): number {
    return this.#endNumber - 1;
  }

  get kept(): number {
    return this.#endNumber - this.firstNumber;
  }

  /** Bytes of all buffers in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of the oldest packet kept; with none kept, of the next that comes. */
  get firstNumber(): number {
    return this.#stretches[0]?.firstNumber ?? this.#endNumber;
  }

  /** Number of the oldest packet that is in memory. */
  get firstInMemory(): number {
    return this.#segments[0]?.firstNumber ?? this.#endNumber;
  }

  /** All that are kept, in memory or not, oldest first. Another array when one came or left. */
  get stretches(): readonly Stretch[] {
    return this.#stretches;
  }

  /** Those in memory, oldest first. Another array when one came or left. */
  get segments(): readonly PacketSegment[] {
    return this.#segments;
  }

  /** Null when it never was, is no longer kept, or cannot be read. */
  locate(number: number): PacketPlace | null {
    let low = 0;
    let high = this.#stretches.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const stretch = this.#stretches[middle];
      if (stretch === undefined) return null;
      const row = number - stretch.firstNumber;
      if (row < 0) high = middle - 1;
      else if (row >= stretch.count) low = middle + 1;
      else {
        const segment = Number.isInteger(row) ? stretch.open() : null;
        return segment === null ? null : { segment, row };
      }
    }
    return null;
  }

  /** Packets an interface since this was last asked (or the store began), allocating nothing of its own. */
  takeArrivals(visit: ArrivalVisitor): void {
    this.#arrivals.take(visit);
  }

  /** One packet, which lies at `at` in `stream`. @param comment the capture file's words about it, UTF-8 */
  append(
    captureId: number,
    linkType: number,
    stream: DataView,
    at: number,
    caplen: number,
    len: number,
    seconds: number,
    nanoseconds: number,
    comment: Uint8Array | null = null,
  ): void {
    let writer = this.#writer;
    if (!writer?.hasRoom(caplen, comment)) writer = this.#nextWriter(caplen, comment);
    const { segment, row } = writer;
    const device = this.#deviceMacs.get(captureId) ?? null;
    writer.append(captureId, linkType, stream, at, caplen, len, seconds, nanoseconds, comment, device);
    writer.publish();
    this.#endNumber += 1;
    this.#arrivals.count(
      captureId,
      segment.ifindex[row] ?? 0,
      segment.packetType[row] ?? 0,
      isRefused(segment, row),
    );
  }

  #nextWriter(caplen: number, comment: Uint8Array | null): SegmentWriter {
    const full = this.#writer;
    // A segment that a giant filled alone says nothing about the usual.
    if (full !== null && full.row >= 16) {
      this.#heapBytesARow = (full.segment.usedBytes - HEADER_BYTES) / full.row - COLUMN_BYTES;
    }
    const least = HEADER_BYTES + COLUMN_BYTES + SegmentWriter.heapBytes(caplen, comment);
    const bytes = Math.max(this.#nextSegmentBytes, least);
    this.#nextSegmentBytes = Math.min(this.#nextSegmentBytes * 2, this.#maxSegmentBytes);
    // So much a row, yet room for this packet whatever its size.
    const rows = Math.min(
      (bytes - HEADER_BYTES) / (COLUMN_BYTES + this.#heapBytesARow),
      1 + (bytes - least) / COLUMN_BYTES,
    );
    const capacity = Math.max(1, Math.min(MAX_ROWS, Math.floor(rows)));
    this.#evict(bytes);
    const segment = PacketSegment.format(this.#allocate(bytes), capacity, this.#endNumber);
    this.#segments = [...this.#segments, segment];
    this.#arrange();
    this.#bytes += bytes;
    this.#writer = new SegmentWriter(segment);
    return this.#writer;
  }

  #evict(coming: number): void {
    let leaving = 0;
    let bytes = this.#bytes;
    while (leaving < this.#segments.length && bytes + coming > this.#maxBytes) {
      const segment = this.#segments[leaving];
      if (segment === undefined) break;
      bytes -= segment.buffer.byteLength;
      this.#spill?.put(segment);
      this.#release?.(segment.buffer);
      leaving += 1;
    }
    this.#bytes = bytes;
    if (leaving > 0) this.#segments = this.#segments.slice(leaving);
  }

  #adopt(segment: PacketSegment): void {
    // What a worker had spilled before it died may be in memory still.
    if (segment.count === 0 || segment.firstNumber < this.#spillEnd) return;
    this.#segments = [...this.#segments, segment];
    this.#bytes += segment.buffer.byteLength;
  }

  /** Number of the packet after the last that was spilled. */
  get #spillEnd(): number {
    const last = this.#spill?.stretches.at(-1);
    return last === undefined ? 1 : last.firstNumber + last.count;
  }

  #arrange(): void {
    this.#stretches = [...(this.#spill?.stretches ?? []), ...this.#segments];
  }
}
