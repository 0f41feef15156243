// Of DNS over UDP what tells a question from another: its number, and the name that is asked for (RFC 1035 4.1). Read as packets come, for
// trails have no bytes, and kept under the packet's number until its trail is final.
import { IpProtocol } from '../../packet/columns/ip-protocol.ts';
import { u16, u8 } from '../../packet/bytes.ts';
import { Mark } from '../../packet/store/marks.ts';
import type { PacketSegment } from '../../packet/store/packet-segment.ts';

export interface DnsNote {
  readonly id: number;
  readonly isAnswer: boolean;
  /** As far as it was captured; '' where none of it was. */
  readonly name: string;
}

const DNS_PORT = 53;
const HEADER_BYTES = 12;
const ANSWER = 0x8000;
const LONGEST_LABEL = 63;
const LONGEST_NAME = 255;
const UNREAD = Mark.truncated | Mark.broken | Mark.laterFragment;
/** Packets of some seconds until their trails are final. */
const MOST_NOTES = 50_000;

export class DnsNotes {
  readonly #notes = new Map<number, DnsNote>();
  /** Notes of packets up to this number may have had to leave. */
  #leftUntil = 0;

  /** Rows of a segment from `from` on, before `to`. */
  take(segment: PacketSegment, from: number, to: number): void {
    const { protocol, sourcePort, destinationPort, marks } = segment;
    for (let row = from; row < to; row += 1) {
      if (protocol[row] !== IpProtocol.udp) continue;
      if (sourcePort[row] !== DNS_PORT && destinationPort[row] !== DNS_PORT) continue;
      if (((marks[row] ?? 0) & UNREAD) !== 0) continue;
      const note = noteOf(segment.raw(row), segment.payloadOffset(row));
      if (note === null) continue;
      this.#notes.set(segment.firstNumber + row, note);
      if (this.#notes.size > MOST_NOTES) this.#forgetFirst();
    }
  }

  /** One of these packets may have had a note. */
  mayHaveLeft(packets: readonly { readonly number: number }[]): boolean {
    return packets.some(({ number }) => number <= this.#leftUntil);
  }

  #forgetFirst(): void {
    const first = this.#notes.keys().next().value ?? 0;
    this.#notes.delete(first);
    this.#leftUntil = Math.max(this.#leftUntil, first);
  }

  /** Of any of these packets; it is forgotten then. */
  of(packets: readonly { readonly number: number }[]): DnsNote | null {
    let found: DnsNote | null = null;
    for (const { number } of packets) {
      found ??= this.#notes.get(number) ?? null;
      this.#notes.delete(number);
    }
    return found;
  }
}

/** Null: so little of it is there that it is no message. */
function noteOf(bytes: Uint8Array, at: number): DnsNote | null {
  if (at + 4 > bytes.length) return null;
  const isAnswer = (u16(bytes, at + 2) & ANSWER) !== 0;
  const asks = at + HEADER_BYTES <= bytes.length && u16(bytes, at + 4) > 0;
  return { id: u16(bytes, at), isAnswer, name: asks ? nameAt(bytes, at + HEADER_BYTES) : '' };
}

/** A question's name has no pointers; what was cut off is said by an ellipsis. */
function nameAt(bytes: Uint8Array, at: number): string {
  const labels: string[] = [];
  for (let next = at; ;) {
    const length = u8(bytes, next);
    const end = next + 1 + length;
    if (next >= bytes.length || length > LONGEST_LABEL || end > bytes.length || end - at > LONGEST_NAME)
      return [...labels, '…'].join('.');
    if (length === 0) return labels.length === 0 ? '.' : labels.join('.');
    labels.push(labelOf(bytes.subarray(next + 1, end)));
    next = end;
  }
}

/** What is no plain character is said by its number, as DNS tools do (RFC 1035 5.1). */
function labelOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes)
    text +=
      byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\${String(byte).padStart(3, '0')}`;
  return text;
}
