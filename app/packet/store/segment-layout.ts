// Where things lie in a segment's one buffer: header, columns (widest first, so that each is aligned), heap.

/** First header word of a formatted segment: "HPS2". */
export const SEGMENT_MAGIC = 0x48505332;

/** Int32 words of the header. */
export const HEADER = { magic: 0, count: 1, capacity: 2, addresses: 3, rawBytes: 4 } as const;
/** A Float64: packet numbers pass 2^32 after half a day at 100,000 a second. */
export const FIRST_NUMBER_BYTE = 24;
export const HEADER_BYTES = 32;

const WORDS = 10;
const HALVES = 8;
const BYTES = 4;
/** What a packet costs beside its raw bytes and its addresses. */
export const COLUMN_BYTES = WORDS * 4 + HALVES * 2 + BYTES;

/** Kind, then sixteen bytes of which IPv4 uses four and Ethernet six. */
export const ADDRESS_BYTES = 17;
/** Ids are 16 bits wide, and 0 means none. */
export const MAX_ADDRESSES = 0xffff;
/** Rows of a segment are 16 bits wide where views list them. */
export const MAX_ROWS = 0xffff;

/**
 * The outermost flow of a packet in a tunnel, right behind the packet's raw bytes: where each part lies in it, big-endian.
 * Family, protocol and tunnel (`TunnelKind`) take a byte each, addresses (ids) and ports two, the network four.
 */
export const OUTER = {
  family: 0,
  protocol: 1,
  tunnel: 2,
  source: 4,
  destination: 6,
  sourcePort: 8,
  destinationPort: 10,
  network: 12,
} as const;
export const OUTER_BYTES = 16;

/** Behind that, or behind the raw bytes: the length of a packet's comment (two bytes, big-endian), and the comment in UTF-8. */
export const COMMENT_HEAD_BYTES = 2;
export const MAX_COMMENT_BYTES = 4096;

export function wordColumn(buffer: ArrayBufferLike, capacity: number, index: number): Uint32Array {
  return new Uint32Array(buffer, HEADER_BYTES + index * 4 * capacity, capacity);
}

export function halfColumn(buffer: ArrayBufferLike, capacity: number, index: number): Uint16Array {
  return new Uint16Array(buffer, HEADER_BYTES + (WORDS * 4 + index * 2) * capacity, capacity);
}

export function byteColumn(buffer: ArrayBufferLike, capacity: number, index: number): Uint8Array {
  return new Uint8Array(buffer, HEADER_BYTES + (WORDS * 4 + HALVES * 2 + index) * capacity, capacity);
}

/** All columns of words one behind the other. */
export function allWords(buffer: ArrayBufferLike, capacity: number): Uint32Array {
  return new Uint32Array(buffer, HEADER_BYTES, WORDS * capacity);
}

export function allHalves(buffer: ArrayBufferLike, capacity: number): Uint16Array {
  return new Uint16Array(buffer, HEADER_BYTES + WORDS * 4 * capacity, HALVES * capacity);
}

export function allBytes(buffer: ArrayBufferLike, capacity: number): Uint8Array {
  return new Uint8Array(buffer, HEADER_BYTES + (WORDS * 4 + HALVES * 2) * capacity, BYTES * capacity);
}

export function heapOf(buffer: ArrayBufferLike, capacity: number): Uint8Array {
  return new Uint8Array(buffer, HEADER_BYTES + COLUMN_BYTES * capacity);
}
