// One TCP stream of a capture, by its number: rows in the order of capture in, its pieces out.
import { TcpFlag } from '../columns/tcp.ts';
import type { PacketSegment } from '../store/packet-segment.ts';
import { Reassembly, type StreamSink } from './reassembly.ts';
import { StreamNumbers, type PairDirection } from './stream-numbers.ts';
import { pairOf, tcpHeaders, type End, type TcpHeader } from './tcp-headers.ts';

/** What a direction keeps while something before it is missing, bytes: TCP's largest window is a GiB, usual ones a few MiB. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

export class StreamOfFile {
  readonly #wanted: number;
  readonly #numbers = new StreamNumbers();
  readonly #reassembly: Reassembly<number>;
  /** The stream's two ends; null before it has begun. */
  #key: string | null = null;
  #client: PairDirection = 0;
  #ends: readonly [End, End] | null = null;
  #over = false;

  /** @param sink told with packet numbers; its bytes are copies */
  constructor(wanted: number, sink: StreamSink<number>) {
    this.#wanted = wanted;
    this.#reassembly = new Reassembly(sink, { maxWaitingBytes: MAX_WAITING_BYTES, cutsAreGaps: false });
  }

  readonly take = (segment: PacketSegment, row: number): void => {
    if (this.#over) return;
    for (const header of tcpHeaders(segment, row)) this.#take(header, segment.firstNumber + row);
  };

  /** The stream was seen, if only in what an ICMP error quotes. */
  get found(): boolean {
    return this.#key !== null;
  }

  /** Streams so far; once it was found only those up to it are counted. */
  get count(): number {
    return this.#numbers.count;
  }

  /** Another stream between the same ends has begun: nothing of this one follows. */
  get over(): boolean {
    return this.#over;
  }

  /** Who sent its first segment, and the other. Null without a segment. */
  get ends(): readonly [End, End] | null {
    return this.#ends;
  }

  #take(header: TcpHeader, packet: number): void {
    const { source, destination, flags } = header;
    const { key, direction } = pairOf(header);
    // Streams of others that begin later have higher numbers.
    if (this.#key !== null && this.#key !== key) return;
    const stream = this.#numbers.take(key, direction, header);
    if (stream?.number !== this.#wanted) {
      this.#over = this.#key !== null;
      return;
    }
    const { pair } = stream;
    this.#key = key;
    if (!header.whole) return;
    // tshark takes port 0 for nobody.
    if (this.#ends === null || this.#ends[0].port === 0) {
      this.#ends = [source, destination];
      this.#client = direction;
    }
    this.#reassembly.take({
      direction: direction === this.#client ? 0 : 1,
      sequence: pair.relative(direction, header.sequence),
      // tshark takes the number also where ACK does not say that it is one, and then as it is.
      acknowledgement:
        (flags & TcpFlag.ack) === 0
          ? header.acknowledgement
          : pair.relative(direction === 0 ? 1 : 0, header.acknowledgement),
      syn: (flags & TcpFlag.syn) !== 0,
      bytes: header.bytes.slice(),
      wireLength: header.wireLength,
      from: packet,
    });
  }
}
