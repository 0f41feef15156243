// Where packets of a few flows were seen, counted as they come: an address is looked at once a segment, a packet costs two
// look-ups of bytes. Order of the captures and how often one looks make no difference.
import { PACKET_TYPE_OUTGOING, PACKET_TYPE_UNKNOWN, type PacketSegment } from './packet-segment.ts';
import type { PacketStore } from './packet-store.ts';

export interface SoughtFlow {
  /** IP protocol. */
  readonly protocol: number;
  /** As the segments write them: of packets in tunnels, the innermost. */
  readonly source: string;
  readonly destination: string;
  /** Null: any. */
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  readonly icmpType: number | null;
}

interface Time {
  readonly s: number;
  readonly ns: number;
}

export interface FlowCount {
  /** Index of the flow that was sought. */
  readonly flow: number;
  readonly captureId: number;
  readonly ifindex: number;
  /** Other: the link type does not say. */
  readonly way: 'in' | 'out' | 'other';
  readonly packets: number;
  /** The capturing node's clock. */
  readonly last: Time;
  /** The latest in which some were seen, in their order. */
  readonly seconds: readonly number[];
}

/** Rows between two looks at the clock: a tenth of a millisecond. */
const ROWS_AT_ONCE = 4096;
/** Somebody may invent interfaces: more places are not told apart, and none of them is counted. */
const MOST_PLACES = 1_000;
/** Seconds with a packet that are kept of a place: more than it takes to miss some elsewhere. */
const MOST_SECONDS = 32;

/** What an address of a segment is: not looked at yet, none that is sought, else its index from 2. */
const UNSEEN = 0;
const OTHER = 1;
const FIRST = 2;

export class FlowCounts {
  readonly #flows: readonly SoughtFlow[];
  readonly #addresses: readonly string[];
  /** By pair of addresses. */
  readonly #byEnds = new Map<number, readonly number[]>();
  readonly #counts = new Map<string, FlowCount>();
  #next: number;
  #gaps = 0;
  #full = false;
  #segment: PacketSegment | null = null;
  #kinds = new Uint8Array(0);

  /** @param flows at most some hundred. @param from number of the first packet that counts. */
  constructor(flows: readonly SoughtFlow[], from: number) {
    this.#flows = flows;
    this.#next = from;
    this.#addresses = [...new Set(flows.flatMap(({ source, destination }) => [source, destination]))];
    for (const [at, { source, destination }] of flows.entries()) {
      const key = endsKey(
        FIRST + this.#addresses.indexOf(source),
        FIRST + this.#addresses.indexOf(destination),
      );
      this.#byEnds.set(key, [...(this.#byEnds.get(key) ?? []), at]);
    }
  }

  get counts(): readonly FlowCount[] {
    return [...this.#counts.values()];
  }

  /** How often packets left memory before they were looked at. */
  get gaps(): number {
    return this.#gaps;
  }

  /** There were too many places: of some nothing is counted. */
  get full(): boolean {
    return this.#full;
  }

  /**
   * Looks at what came since.
   *
   * @param mayGoOn false: there is no more time
   * @returns whether all has been looked at
   */
  look(store: Pick<PacketStore, 'segments' | 'firstInMemory'>, mayGoOn: () => boolean = () => true): boolean {
    if (this.#next < store.firstInMemory) {
      this.#gaps += 1;
      this.#next = store.firstInMemory;
    }
    for (const segment of store.segments) {
      const end = segment.endNumber;
      if (segment !== this.#segment && end > this.#next) {
        this.#segment = segment;
        this.#kinds = new Uint8Array(256);
      }
      while (this.#next < end) {
        if (!mayGoOn()) return false;
        const stop = Math.min(end, this.#next + ROWS_AT_ONCE);
        for (let row = this.#next - segment.firstNumber; row < stop - segment.firstNumber; row += 1)
          this.#lookAt(segment, row);
        this.#next = stop;
      }
    }
    return true;
  }

  #lookAt(segment: PacketSegment, row: number): void {
    if (segment.family[row] === 0) return;
    const source = this.#kindOf(segment, segment.source[row] ?? 0);
    if (source === OTHER) return;
    const destination = this.#kindOf(segment, segment.destination[row] ?? 0);
    if (destination === OTHER) return;
    for (const at of this.#byEnds.get(endsKey(source, destination)) ?? []) {
      const flow = this.#flows[at];
      if (flow !== undefined && isOf(flow, segment, row)) this.#count(at, segment, row);
    }
  }

  #kindOf(segment: PacketSegment, id: number): number {
    if (id >= this.#kinds.length) {
      const longer = new Uint8Array(Math.max(id + 1, this.#kinds.length * 2));
      longer.set(this.#kinds);
      this.#kinds = longer;
    }
    const known = this.#kinds[id] ?? UNSEEN;
    if (known !== UNSEEN) return known;
    const found = this.#addresses.indexOf(segment.address(id));
    const kind = found === -1 ? OTHER : FIRST + found;
    this.#kinds[id] = kind;
    return kind;
  }

  #count(flow: number, segment: PacketSegment, row: number): void {
    const captureId = segment.captureId[row] ?? 0;
    const ifindex = segment.ifindex[row] ?? 0;
    const way = wayOf(segment.packetType[row] ?? PACKET_TYPE_UNKNOWN);
    const key = `${String(flow)} ${String(captureId)} ${String(ifindex)} ${way}`;
    const at = { s: segment.seconds[row] ?? 0, ns: segment.nanoseconds[row] ?? 0 };
    const before = this.#counts.get(key);
    if (before === undefined && this.#counts.size >= MOST_PLACES) {
      this.#full = true;
      return;
    }
    this.#counts.set(key, {
      flow,
      captureId,
      ifindex,
      way,
      packets: (before?.packets ?? 0) + 1,
      last: before !== undefined && isEarlier(at, before.last) ? before.last : at,
      seconds: withSecond(before?.seconds ?? [], at.s),
    });
  }
}

function withSecond(known: readonly number[], second: number): readonly number[] {
  const last = known.at(-1);
  if (last === second) return known;
  // Captures are decoded one after the other, and a clock may be set back.
  if (last === undefined || last < second) return [...known, second].slice(-MOST_SECONDS);
  if (known.includes(second)) return known;
  return [...known, second].sort((a, b) => a - b).slice(-MOST_SECONDS);
}

function isOf(flow: SoughtFlow, segment: PacketSegment, row: number): boolean {
  const { protocol, sourcePort, destinationPort, icmpType } = flow;
  return (
    segment.protocol[row] === protocol &&
    (sourcePort === null || segment.sourcePort[row] === sourcePort) &&
    (destinationPort === null || segment.destinationPort[row] === destinationPort) &&
    (icmpType === null || segment.raw(row)[segment.transportOffset[row] ?? 0] === icmpType)
  );
}

function wayOf(packetType: number): FlowCount['way'] {
  if (packetType === PACKET_TYPE_UNKNOWN) return 'other';
  return packetType === PACKET_TYPE_OUTGOING ? 'out' : 'in';
}

/** Both are at most some hundreds. */
function endsKey(source: number, destination: number): number {
  return source * 0x10000 + destination;
}

function isEarlier(a: Time, b: Time): boolean {
  return a.s < b.s || (a.s === b.s && a.ns < b.ns);
}
