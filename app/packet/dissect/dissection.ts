// What one packet says, field by field: dissectors add to it, in the order in which tshark lists. A dissector reads only
// through it: what lies past the captured bytes, or past its layer's end on the wire, ends the reading there.
import type { Field, FieldValue } from './field.ts';
import { LIMITED, MALFORMED, TRUNCATED, UNREASSEMBLED } from './marks.ts';

/** One packet as it was captured. */
export interface CapturedPacket {
  /** From the link header on; at most `len`. */
  readonly bytes: Uint8Array;
  /** LINKTYPE_… */
  readonly linkType: number;
  /** Bytes on the wire. */
  readonly len: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** From 1. */
  readonly number: number;
  /** Of the capture file; null: none. */
  readonly comment: string | null;
}

/** Who reads on, and by what: `etherType` 0x0800. */
export type Table =
  | 'linkType'
  | 'etherType'
  | 'greProtocol'
  | 'ipProtocol'
  | 'ppp'
  | 'llc'
  | 'tcpPayload'
  | 'udpPayload'
  | 'sctpPayload'
  | 'data';

/** What comes after a header. */
export interface Step {
  readonly table: Table;
  /** EtherType, protocol number, or source port. */
  readonly key: number;
  /** Destination port. */
  readonly other: number;
  readonly at: number;
  /** Where it ends on the wire: bytes into the packet, perhaps past what was captured. */
  readonly end: number;
}

/** So many fields of a packet are kept, with the mark that says so. */
const MAX_FIELDS = 4096;
/**
 * So often a packet is looked into, whatever fields are wanted: each of the 64 KiB that there may be some times. DNS pointers
 * and options repeat as they like.
 */
const MAX_READINGS = 500_000;

/** Reads a layer from `at` to `end` on the wire; of that, what was captured ends at `d.captureEnd`. */
export type Dissector = (d: Dissection, at: number, end: number, step: Step) => void;

/** Thrown by readings past an end, and caught where dissectors are called: never seen outside. */
export class CutShort extends Error {}
const cutShort = new CutShort('a header goes on past what is there');

export class Dissection {
  /** Only these are kept; null: all. */
  readonly #wanted: ReadonlySet<Field> | null;
  packet: CapturedPacket = NO_PACKET;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** Occurrences, one an index. */
  readonly fields: Field[] = [];
  readonly starts: number[] = [];
  readonly lengths: number[] = [];
  readonly values: FieldValue[] = [];
  /** 0: a layer. */
  readonly depths: number[] = [];
  /** What an occurrence says instead of its value, where that says more; by index. */
  readonly texts = new Map<number, string>();

  /** Where layers end as far as they were captured: what comes after their header is theirs, too. By index. */
  readonly #layerEnds = new Map<number, number>();
  /** Of the layer that is read now; −1: it is not wanted. */
  #layerIndex = -1;

  #depth = 0;
  /** Where the bytes that are read come from, if not from where they are read. */
  #madeOf: { readonly at: number; readonly length: number } | null = null;
  #captureEnd = 0;
  #wireEnd = 0;
  #reading: Field | null = null;
  #readingsLeft = MAX_READINGS;
  /** In words, why the rest of the packet is not read; null: it is. */
  #givenUp: string | null = null;
  #step: Step | null = null;
  /** The headers being read are those that an ICMP error quotes. */
  quoted = false;
  /** What is read ends in another segment of the stream, not here. */
  goesOn = false;
  /** Of the innermost IP packet this is the first fragment: what it holds ends in another. */
  fragment = false;
  /** Where the innermost IP header has its two addresses, source first, and how many bytes each takes: 0, 4 or 16. */
  addressesAt = 0;
  addressBytes = 0;

  constructor(wanted: ReadonlySet<Field> | null = null) {
    this.#wanted = wanted;
  }

  /** Everything is wanted: words for people, too. */
  get whole(): boolean {
    return this.#wanted === null;
  }

  get count(): number {
    return this.fields.length;
  }

  begin(packet: CapturedPacket): void {
    this.#look(packet);
    this.#madeOf = null;
    for (const column of [this.fields, this.starts, this.lengths, this.values, this.depths])
      column.length = 0;
    this.texts.clear();
    this.#layerEnds.clear();
    this.#layerIndex = -1;
    this.#depth = 0;
    this.#step = null;
    this.#reading = null;
    this.#readingsLeft = MAX_READINGS;
    this.#givenUp = null;
    this.quoted = false;
    this.goesOn = false;
    this.fragment = false;
    this.addressBytes = 0;
    // Odd files say that more was captured than there was.
    this.enter(Math.max(packet.len, packet.bytes.length));
  }

  #look(packet: CapturedPacket): void {
    this.packet = packet;
    this.#view = new DataView(packet.bytes.buffer, packet.bytes.byteOffset, packet.bytes.length);
  }

  /** The layer that is read now ends here on the wire, and with what was captured. */
  enter(end: number): void {
    this.#wireEnd = end;
    this.#captureEnd = Math.min(end, this.packet.bytes.length);
  }

  /** Where the layer's captured bytes end. */
  get captureEnd(): number {
    return this.#captureEnd;
  }

  /** Where the layer ends on the wire. */
  get wireEnd(): number {
    return this.#wireEnd;
  }

  /** A length field says that the layer ends before its surroundings do. */
  limit(end: number): void {
    this.#wireEnd = Math.min(this.#wireEnd, end);
    this.#captureEnd = Math.min(this.#captureEnd, end);
    if (this.#layerIndex >= 0) this.#layerEnds.set(this.#layerIndex, this.#captureEnd);
  }

  /** A layer's captured bytes, those of the layers in it among them. */
  layerBytes(index: number): Uint8Array {
    const start = this.starts[index] ?? 0;
    const end = this.#layerEnds.get(index) ?? start + (this.lengths[index] ?? 0);
    return this.packet.bytes.subarray(start, Math.max(start, end));
  }

  // Adding

  wants(field: Field): boolean {
    const wanted = this.#wanted;
    return wanted === null || wanted.has(field) || field.also.some((other) => wanted.has(other));
  }

  /** A protocol begins; what is added next belongs to it. */
  layer(protocol: Field, at: number, length: number): void {
    this.#depth = 0;
    this.#layerIndex = this.wants(protocol) ? this.fields.length : -1;
    this.add(protocol, at, length, null);
    if (this.#layerIndex >= 0) this.#layerEnds.set(this.#layerIndex, this.#captureEnd);
    this.#depth = 1;
  }

  /** What is added until `close` is part of the field that was added last. */
  open(): void {
    this.#depth += 1;
  }

  close(): void {
    this.#depth -= 1;
  }

  /** A field whose value was read or reckoned already. */
  add(field: Field, at: number, length: number, value: FieldValue): void {
    const wanted = this.#wanted;
    if (wanted === null || wanted.has(field)) this.#keep(field, at, length, value);
    if (wanted === null) return;
    for (const other of field.also) if (wanted.has(other)) this.#keep(other, at, length, value);
  }

  #keep(field: Field, at: number, length: number, value: FieldValue): void {
    if (this.fields.length >= MAX_FIELDS - 1) this.giveUp(`it says more than ${MAX_FIELDS - 1} things`);
    this.#push(field, at, length, value);
  }

  #push(field: Field, at: number, length: number, value: FieldValue): void {
    this.fields.push(field);
    this.starts.push(this.#madeOf?.at ?? at);
    this.lengths.push(this.#madeOf?.length ?? length);
    this.values.push(value);
    this.depths.push(this.#depth);
  }

  /** Words for the occurrence that was added last; only worth making when `whole`. */
  say(text: string): void {
    if (this.whole) this.texts.set(this.fields.length - 1, text);
  }

  /** An unsigned number of 1 to 6 bytes, big-endian. */
  uint(field: Field, at: number, length: number): number {
    this.#reading = field;
    const value = this.number(at, length);
    this.add(field, at, length, value);
    return value;
  }

  /** Some bits of an unsigned number of 1 to 4 bytes, moved down to begin at bit 0. */
  bits(field: Field, at: number, length: number, mask: number): number {
    this.#reading = field;
    const low = mask & -mask;
    const value = Math.floor(((this.number(at, length) & mask) >>> 0) / (low >>> 0));
    this.add(field, at, length, value);
    return value;
  }

  mac(field: Field, at: number): void {
    this.view(field, at, 6);
  }

  ipv4(field: Field, at: number): void {
    this.view(field, at, 4);
  }

  ipv6(field: Field, at: number): void {
    this.view(field, at, 16);
  }

  /** Bytes as they are. */
  view(field: Field, at: number, length: number): void {
    this.#reading = field;
    this.need(at, length);
    if (this.wants(field)) this.add(field, at, length, this.packet.bytes.subarray(at, at + length));
  }

  text(field: Field, at: number, length: number): string {
    this.#reading = field;
    const value = this.string(at, length);
    this.add(field, at, length, value);
    return value;
  }

  /** The same of a protocol that knows ASCII alone: each byte beyond it becomes U+FFFD. */
  ascii(field: Field, at: number, length: number): string {
    this.#reading = field;
    let value = '';
    for (const byte of this.bytes(at, length)) value += byte < 0x80 ? String.fromCharCode(byte) : '\ufffd';
    this.add(field, at, length, value);
    return value;
  }

  // Reading without adding

  /** What a reading that fails is said to have been about. */
  reading(field: Field): void {
    this.#reading = field;
  }

  /** What is there says nothing that could be read on. */
  fail(): never {
    this.#cutLength = -1;
    throw cutShort;
  }

  /** Nothing more of this packet is read. `why`: the rest of a sentence. */
  giveUp(why: string): never {
    this.#givenUp = `Not read further: ${why}`;
    throw cutShort;
  }

  /** Ends the reading unless so many bytes are there. A length that was read is checked here before it is used. */
  need(at: number, length: number): void {
    this.#readingsLeft -= 1;
    if (this.#readingsLeft < 0) this.giveUp('it sends its reader around in circles');
    if (length < 0 || at < 0 || at + length > this.#captureEnd) {
      this.#cutAt = at;
      this.#cutLength = length;
      throw cutShort;
    }
  }

  has(at: number, length: number): boolean {
    return length >= 0 && at >= 0 && at + length <= this.#captureEnd;
  }

  /** Of 1 to 6 bytes, big-endian. */
  number(at: number, length: number): number {
    this.need(at, length);
    const view = this.#view;
    switch (length) {
      case 1:
        return view.getUint8(at);
      case 2:
        return view.getUint16(at);
      case 3:
        return view.getUint16(at) * 0x100 + view.getUint8(at + 2);
      case 4:
        return view.getUint32(at);
      default: {
        let value = 0;
        for (let index = 0; index < length; index += 1) value = value * 0x100 + view.getUint8(at + index);
        return value;
      }
    }
  }

  u8(at: number): number {
    return this.number(at, 1);
  }

  u16(at: number): number {
    return this.number(at, 2);
  }

  u32(at: number): number {
    return this.number(at, 4);
  }

  /** A view into the packet. */
  bytes(at: number, length: number): Uint8Array {
    this.need(at, length);
    return this.packet.bytes.subarray(at, at + length);
  }

  /** As UTF-8; what is none becomes U+FFFD. */
  string(at: number, length: number): string {
    this.need(at, length);
    // A copy: decoders refuse shared memory.
    return utf8.decode(this.packet.bytes.slice(at, at + length));
  }

  // Going on

  /** The next layer. A dissector names at most one; the last named counts. */
  next(table: Table, key: number, at: number, end: number, other = 0): void {
    this.#step = { table, key, other, at, end: Math.min(end, this.#wireEnd) };
  }

  takeStep(): Step | null {
    const step = this.#step;
    this.#step = null;
    return step;
  }

  /**
   * Reads bytes that were made of the packet's – put together, or decrypted – as if they were the packet, in which `at` and
   * `length` say where they come from. Ends alone, like `attempt`.
   */
  within(made: Uint8Array, at: number, length: number, read: () => void): boolean {
    const { packet } = this;
    const view = this.#view;
    const madeOf = this.#madeOf;
    this.#madeOf = { at, length };
    this.#look({ ...packet, bytes: made, len: made.length });
    try {
      return this.attempt(() => {
        this.enter(made.length);
        read();
      });
    } finally {
      this.packet = packet;
      this.#view = view;
      this.#madeOf = madeOf;
    }
  }

  /** Reads what, if it is cut short, ends alone: one message of several. False: it was, and that is marked. */
  attempt(read: () => void): boolean {
    const depth = this.#depth;
    const wireEnd = this.#wireEnd;
    const captureEnd = this.#captureEnd;
    try {
      read();
      return true;
    } catch (error) {
      if (!(error instanceof CutShort) || this.#givenUp !== null) throw error;
      this.markCut();
      return false;
    } finally {
      this.#depth = depth;
      this.#wireEnd = wireEnd;
      this.#captureEnd = captureEnd;
    }
  }

  #cutAt = 0;
  #cutLength = 0;

  /** A dissector was cut short: says so at the field where it happened. */
  markCut(): void {
    if (this.#givenUp !== null) {
      this.#depth = 1;
      if (this.whole) this.#push(LIMITED, 0, 0, null);
      this.say(this.#givenUp);
      return;
    }
    const at = Math.max(0, Math.min(this.#cutAt, this.packet.bytes.length));
    const malformed = this.#cutLength < 0 || this.#cutAt + this.#cutLength > this.#wireEnd;
    const elsewhere = malformed && (this.goesOn || this.fragment) && this.#cutLength >= 0;
    const what = this.#reading === null ? 'A header' : this.#reading.label;
    this.#depth = 1;
    const mark = elsewhere ? UNREASSEMBLED : malformed ? MALFORMED : TRUNCATED;
    this.add(mark, at, this.packet.bytes.length - at, null);
    this.say(
      elsewhere
        ? `${what} goes on in another packet`
        : this.#cutLength < 0
          ? `Malformed: ${what} says what cannot be`
          : malformed
            ? `Malformed: ${what} goes on past the end of what holds it`
            : `Truncated: the capture ends within ${what}`,
    );
  }
}

const NO_PACKET: CapturedPacket = {
  bytes: new Uint8Array(0),
  linkType: 0,
  len: 0,
  seconds: 0,
  nanoseconds: 0,
  number: 0,
  comment: null,
};

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
