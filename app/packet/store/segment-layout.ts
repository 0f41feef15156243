// Where things lie in a segment's one buffer: header, columns (widest first, so that each is aligned), heap.

/** First header word of a formatted segment: "HPS1". */
export const SEGMENT_MAGIC = 0x48505331;

/** Int32 words of the header. */
export const HEADER = { magic: 0, count: 1, capacity: 2, addresses: 3, rawBytes: 4 } as const;
/** A Float64: packet numbers pass 2^32 after half a day at 100,000 a second. */
export const FIRST_NUMBER_BYTE = 24;
export const HEADER_BYTES = 32;

const WORDS = 9;
const HALVES = 9;
const BYTES = 4;
/** What a packet costs beside its raw bytes and its addresses. */
export const COLUMN_BYTES = WORDS * 4 + HALVES * 2 + BYTES;

/** Kind, then sixteen bytes of which IPv4 uses four and Ethernet six. */
export const ADDRESS_BYTES = 17;
/** Ids are 16 bits wide, and 0 means none. */
export const MAX_ADDRESSES = 0xffff;
/** Rows of a segment are 16 bits wide where views list them. */
export const MAX_ROWS = 0xffff;

export function wordColumn(buffer: ArrayBufferLike, capacity: number, index: number): Uint32Array {
  return new Uint32Array(buffer, HEADER_BYTES + index * 4 * capacity, capacity);
}

export function halfColumn(buffer: ArrayBufferLike, capacity: number, index: number): Uint16Array {
  return new Uint16Array(buffer, HEADER_BYTES + (WORDS * 4 + index * 2) * capacity, capacity);
}

export function byteColumn(buffer: ArrayBufferLike, capacity: number, index: number): Uint8Array {
  return new Uint8Array(buffer, HEADER_BYTES + (WORDS * 4 + HALVES * 2 + index) * capacity, capacity);
}

export function heapOf(buffer: ArrayBufferLike, capacity: number): Uint8Array {
  return new Uint8Array(buffer, HEADER_BYTES + COLUMN_BYTES * capacity);
}
