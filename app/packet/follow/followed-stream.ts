// The TCP stream that a kept packet belongs to, as one vantage point saw it: elsewhere the same segments are seen again.
import { TcpFlag } from '../columns/tcp.ts';
import { PACKET_TYPE_OUTGOING, PACKET_TYPE_UNKNOWN, type PacketSegment } from '../store/packet-segment.ts';
import type { PacketPlace } from '../store/packet-store.ts';
import { Reassembly, type Direction, type GapCause, type StreamSink } from './reassembly.ts';
import { EndPair, type PairDirection } from './stream-numbers.ts';
import { tcpHeaders, type End, type TcpHeader } from './tcp-headers.ts';

/** Of the stream's bytes; nobody reads more of it in a window. */
export const SHOWN_BYTES = 1024 * 1024;
/** A stream may come a byte at a time. */
const SHOWN_PIECES = 20_000;
/** What a direction keeps while something before it is missing, bytes; TCP's windows are smaller. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export interface StreamPiece {
  readonly direction: Direction;
  /** Or why they are not there. */
  readonly kind: 'bytes' | GapCause;
  readonly length: number;
  /** The packet that brought them, or that showed that they are missing. */
  readonly packet: number;
  readonly at: { readonly s: number; readonly ns: number };
}

/** Of one direction, also what is not shown. */
export interface StreamTotals {
  readonly bytes: number;
  /** Bytes that are not there, for either cause. */
  readonly lacking: number;
  /** Segments with payload, and of them those that had been seen. */
  readonly segments: number;
  readonly retransmitted: number;
}

export interface FollowedStream {
  readonly captureId: number;
  readonly ifindex: number;
  /** Who opened it, as far as can be told, and the other. */
  readonly ends: readonly [End, End];
  /** Of all pieces of the kind `bytes`, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pieces: readonly StreamPiece[];
  readonly totals: readonly [StreamTotals, StreamTotals];
  /** Bytes past those that are shown. */
  readonly beyond: number;
  /** Its SYN was seen. */
  readonly begins: boolean;
  /** How it ended; null: it goes on, or its end was not seen. */
  readonly closed: 'fin' | 'reset' | null;
  readonly packets: number;
}

/** Null: the packet is no TCP segment. */
export function followedStream(
  segments: readonly PacketSegment[],
  asked: PacketPlace,
): FollowedStream | null {
  const header = tcpHeaders(asked.segment, asked.row).at(-1);
  if (header?.whole !== true) return null;
  const pair = new EndPair();
  let stream: Collected | null = null;
  let found = false;
  for (const { segment, row, direction } of rowsBetween(segments, asked, header)) {
    const each = tcpHeaders(segment, row).at(-1);
    if (each === undefined) continue;
    if (pair.take(direction, each)) {
      if (found) break;
      stream = null;
    }
    if (!each.whole) continue;
    stream ??= new Collected(openerOf(each, direction));
    found ||= segment === asked.segment && row === asked.row;
    stream.take({ segment, row }, direction, each, pair);
  }
  return stream?.followed(asked, header) ?? null;
}

function openerOf({ flags, source, destination }: TcpHeader, direction: PairDirection): PairDirection {
  const opposite: PairDirection = direction === 0 ? 1 : 0;
  if ((flags & TcpFlag.syn) !== 0) return (flags & TcpFlag.ack) === 0 ? direction : opposite;
  // Seen from the middle on: servers have the lower port.
  return source.port >= destination.port ? direction : opposite;
}

class Collected implements StreamSink<PacketPlace> {
  readonly #opener: PairDirection;
  readonly #reassembly = new Reassembly<PacketPlace>(this, {
    maxWaitingBytes: MAX_WAITING_BYTES,
    cutsAreGaps: true,
  });
  readonly #pieces: StreamPiece[] = [];
  readonly #shown: Uint8Array[] = [];
  #room = SHOWN_BYTES;
  #beyond = 0;
  readonly #bytes: [number, number] = [0, 0];
  readonly #lacking: [number, number] = [0, 0];
  #packets = 0;
  #begins = false;
  #reset = false;
  readonly #finished = new Set<PairDirection>();

  constructor(opener: PairDirection) {
    this.#opener = opener;
  }

  take(place: PacketPlace, direction: PairDirection, header: TcpHeader, pair: EndPair): void {
    const { flags, acknowledgement, sequence, bytes, wireLength } = header;
    this.#packets += 1;
    this.#begins ||= (flags & TcpFlag.syn) !== 0;
    this.#reset ||= (flags & TcpFlag.rst) !== 0;
    if ((flags & TcpFlag.fin) !== 0) this.#finished.add(direction);
    this.#reassembly.take({
      direction: direction === this.#opener ? 0 : 1,
      sequence: pair.relative(direction, sequence),
      acknowledgement:
        (flags & TcpFlag.ack) === 0 ? null : pair.relative(direction === 0 ? 1 : 0, acknowledgement),
      syn: (flags & TcpFlag.syn) !== 0,
      bytes,
      wireLength,
      from: place,
    });
  }

  bytes(direction: Direction, bytes: Uint8Array, from: PacketPlace): void {
    this.#bytes[direction] += bytes.length;
    const length = this.#pieces.length < SHOWN_PIECES ? Math.min(bytes.length, this.#room) : 0;
    this.#beyond += bytes.length - length;
    if (length === 0) {
      // What follows a piece that is not shown is not shown either.
      this.#room = 0;
      return;
    }
    this.#room -= length;
    this.#shown.push(bytes.subarray(0, length));
    this.#piece(direction, 'bytes', length, from);
  }

  gap(direction: Direction, length: number, cause: GapCause, from: PacketPlace): void {
    this.#lacking[direction] += length;
    if (this.#room > 0 && this.#pieces.length < SHOWN_PIECES) this.#piece(direction, cause, length, from);
  }

  /** @param asked at whose vantage point it was seen, with its header */
  followed({ segment, row }: PacketPlace, { source, destination }: TcpHeader): FollowedStream {
    this.#reassembly.end();
    return {
      captureId: segment.captureId[row] ?? 0,
      ifindex: segment.ifindex[row] ?? 0,
      ends: this.#opener === 0 ? [source, destination] : [destination, source],
      bytes: joined(this.#shown),
      pieces: this.#pieces,
      totals: [this.#totals(0), this.#totals(1)],
      beyond: this.#beyond,
      begins: this.#begins,
      closed: this.#reset ? 'reset' : this.#finished.size === 2 ? 'fin' : null,
      packets: this.#packets,
    };
  }

  #piece(
    direction: Direction,
    kind: StreamPiece['kind'],
    length: number,
    { segment, row }: PacketPlace,
  ): void {
    const at = { s: segment.seconds[row] ?? 0, ns: segment.nanoseconds[row] ?? 0 };
    this.#pieces.push({ direction, kind, length, packet: segment.firstNumber + row, at });
  }

  #totals(direction: Direction): StreamTotals {
    return {
      bytes: this.#bytes[direction],
      lacking: this.#lacking[direction],
      ...this.#reassembly.totals(direction),
    };
  }
}

interface PairRow extends PacketPlace {
  /** 0: as the packet that was asked for. */
  readonly direction: PairDirection;
}

/** TCP between the two ends at the vantage point of the packet that was asked for, in the order of capture. */
function* rowsBetween(
  segments: readonly PacketSegment[],
  { segment, row }: PacketPlace,
  { source, destination }: TcpHeader,
): Generator<PairRow> {
  const captureId = segment.captureId[row];
  const ifindex = segment.ifindex[row];
  const sourceBytes = segment.addressBytes(segment.source[row] ?? 0);
  const destinationBytes = segment.addressBytes(segment.destination[row] ?? 0);
  const there = wayOf(segment, row);
  // A packet that an interface sends back where it came from is seen there twice: one way of each direction counts. Where
  // all are received (a loopback device) the answers are, too.
  const back = there === 'in' ? 'out' : there === 'out' ? 'in' : there;
  let backSeen = back === there;
  const all = function* (): Generator<PairRow & { readonly way: Way }> {
    for (const each of segments) {
      const sources = idsOf(each, sourceBytes);
      const destinations = idsOf(each, destinationBytes);
      if (sources.size === 0 || destinations.size === 0) continue;
      const { count } = each;
      for (let at = 0; at < count; at += 1) {
        if (each.protocol[at] !== 6 || each.captureId[at] !== captureId || each.ifindex[at] !== ifindex)
          continue;
        const from = each.source[at] ?? 0;
        const to = each.destination[at] ?? 0;
        const ports = [each.sourcePort[at], each.destinationPort[at]] as const;
        const forth = sources.has(from) && destinations.has(to);
        if (forth && ports[0] === source.port && ports[1] === destination.port)
          yield { segment: each, row: at, direction: 0, way: wayOf(each, at) };
        else if (
          sources.has(to) &&
          destinations.has(from) &&
          ports[0] === destination.port &&
          ports[1] === source.port
        )
          yield { segment: each, row: at, direction: 1, way: wayOf(each, at) };
      }
    }
  };
  if (!backSeen) {
    for (const { direction, way } of all()) {
      backSeen = direction === 1 && way === back;
      if (backSeen) break;
    }
  }
  for (const each of all()) {
    if (each.way === (each.direction === 0 ? there : backSeen ? back : each.way)) yield each;
  }
}

type Way = 'in' | 'out' | 'unknown';

function wayOf(segment: PacketSegment, row: number): Way {
  const type = segment.packetType[row];
  if (type === PACKET_TYPE_UNKNOWN) return 'unknown';
  return type === PACKET_TYPE_OUTGOING ? 'out' : 'in';
}

/** An address may have several. */
function idsOf(segment: PacketSegment, address: Uint8Array): ReadonlySet<number> {
  const ids = new Set<number>();
  for (let id = 1; id <= segment.addressCount; id += 1) {
    const bytes = segment.addressBytes(id);
    if (bytes.length === address.length && bytes.every((byte, at) => byte === address[at])) ids.add(id);
  }
  return ids;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
