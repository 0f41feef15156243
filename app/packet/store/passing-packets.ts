// Packets on their way through: decoded into one segment that is filled again and again, each shown once and then forgotten.
// The bytes of a file are read into the segment's own heap, so that packets are decoded where they lie.
import { PacketSegment } from './packet-segment.ts';
import { ADDRESS_BYTES, COLUMN_BYTES, HEADER_BYTES, MAX_ADDRESSES } from './segment-layout.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Read at once. Each time costs some microseconds, and beyond this nothing is gained (measured). */
const CHUNK_BYTES = 512 * 1024;
/**
 * A chunk of the smallest packets has more: then they are shown in several turns. No power of two, for whose columns a
 * processor's cache would have one place only.
 */
export const MAX_PASSING_ROWS = 4112;
/** For packets that do not lie in the chunk whole, are in a tunnel or have a comment. */
const SPARE_BYTES = 1024 * 1024;

/** Packets in rows [0, `segment.count`), valid during the call. Address ids stay the same as long as the segment does. */
export type PacketVisitor = (segment: PacketSegment) => void;

export class PassingPackets {
  readonly #visit: PacketVisitor;
  readonly #buffer: ArrayBuffer;
  #writer: SegmentWriter;
  #nextNumber = 1;

  constructor(visit: PacketVisitor) {
    this.#visit = visit;
    this.#buffer = new ArrayBuffer(
      HEADER_BYTES +
        MAX_PASSING_ROWS * COLUMN_BYTES +
        CHUNK_BYTES +
        SPARE_BYTES +
        MAX_ADDRESSES * ADDRESS_BYTES,
    );
    this.#writer = this.#begin();
  }

  /** Where the next bytes of the file are best put; what was there is decoded and shown by then (`drain`). */
  get chunk(): Uint8Array {
    return this.#writer.segment.heap.subarray(0, CHUNK_BYTES);
  }

  /** As `PacketStore.append`; what lies in `chunk` is not copied. */
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
    if (!this.#writer.hasRoom(caplen, comment)) this.#makeRoom(caplen, comment);
    this.#writer.append(captureId, linkType, stream, at, caplen, len, seconds, nanoseconds, comment, null);
  }

  /** Shows what came since the last time. To be called before a chunk is overwritten. */
  drain(): void {
    const writer = this.#writer;
    if (writer.row === 0) return;
    writer.publish();
    this.#nextNumber += writer.row;
    this.#visit(writer.segment);
    writer.rewind(CHUNK_BYTES, this.#nextNumber);
  }

  #makeRoom(caplen: number, comment: Uint8Array | null): void {
    this.drain();
    // The addresses have become too many.
    if (!this.#writer.hasRoom(caplen, comment)) this.#writer = this.#begin();
  }

  #begin(): SegmentWriter {
    const segment = PacketSegment.format(this.#buffer, MAX_PASSING_ROWS, this.#nextNumber);
    segment.publish(0, 0, 0);
    const writer = new SegmentWriter(segment);
    writer.rewind(CHUNK_BYTES, this.#nextNumber);
    return writer;
  }
}
