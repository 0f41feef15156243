// Packets become sightings: what of each is compared with others, where it was seen, and when by everybody's time.
import {
  PACKET_TYPE_OUTGOING,
  PACKET_TYPE_UNKNOWN,
  type PacketSegment,
} from '../packet/store/packet-segment.ts';
import { Mark } from '../packet/store/marks.ts';
import type { Chains } from './chains.ts';
import type { CoverageCapture } from './coverage.ts';
import { NO_FLOW, type FlowTable } from './flow-table.ts';
import { PacketIdentity, STRETCH_BYTES } from './packet-identity.ts';
import type { Refusals } from './refusals.ts';
import type { SessionClocks } from './session-clocks.ts';
import { NONE, type Sightings } from './sightings.ts';
import { NO_VISIT, type Visits } from './visits.ts';

export interface CorrelatorCapture extends CoverageCapture {
  /** Whose clock its packets have. */
  readonly node: number;
  /** Of a Pod's namespace its addresses: what comes in there for one of them has arrived. */
  readonly receives: ReadonlySet<string>;
}

/** New sightings that are told of at once; at higher rates a packet is told of when it is a second old. */
const MOST_AT_ONCE = 2_000;
const FRAGMENT = Mark.firstFragment | Mark.laterFragment;
/** Of one packet without timestamps: as many as BIG TCP makes of one. */
const MOST_STRETCHES = 16;

interface Kept {
  readonly flows: FlowTable;
  readonly visits: Visits;
  readonly clocks: SessionClocks;
  readonly sightings: Sightings;
  readonly chains: Chains;
  readonly refusals: Refusals;
}

interface Seen {
  readonly number: number;
  readonly node: number;
  readonly at: number;
  readonly visit: number;
  readonly flow: number;
  readonly flags: number;
  readonly size: number;
}

export class Intake {
  readonly #kept: Kept;
  readonly #makeRoom: () => void;
  readonly #identity = new PacketIdentity();
  readonly #captures = new Map<number, CorrelatorCapture>();
  #fresh: number[] = [];
  #refused = 0;

  /** @param makeRoom when there is none for another sighting */
  constructor(kept: Kept, makeRoom: () => void) {
    this.#kept = kept;
    this.#makeRoom = makeRoom;
  }

  begin(id: number, capture: CorrelatorCapture): void {
    this.#captures.set(id, capture);
  }

  end(id: number): void {
    this.#captures.delete(id);
  }

  /** Null: none of that id runs. */
  capture(id: number): CorrelatorCapture | null {
    return this.#captures.get(id) ?? null;
  }

  /** Packets that were seen and are not followed, for there are too many flows, interfaces or sightings. */
  get refused(): number {
    return this.#refused;
  }

  /** Sightings since this was last asked; null: too many. */
  fresh(): readonly number[] | null {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh.length > MOST_AT_ONCE ? null : fresh;
  }

  /** False: it is of no capture, interface or flow that is followed. */
  take(segment: PacketSegment, row: number): boolean {
    const { flows, visits, clocks, refusals } = this.#kept;
    const identity = this.#identity;
    const capture = this.#captures.get(segment.captureId[row] ?? 0);
    if (capture === undefined || !identity.read(segment, row)) return false;
    const { node, place } = capture;
    // A capture of one interface does not tell which.
    const ifindex = segment.ifindex[row] ?? 0;
    const visit = visits.of(
      place,
      ifindex === 0 ? (capture.ifindex ?? 0) : ifindex,
      wayOf(segment.packetType[row] ?? PACKET_TYPE_UNKNOWN),
    );
    const at = clocks.reckon(node, segment.seconds[row] ?? 0, segment.nanoseconds[row] ?? 0);
    const flow = flows.of(segment, row, at / 1e9);
    if (visit === NO_VISIT || flow === NO_FLOW) {
      this.#refused += 1;
      return false;
    }
    const number = segment.firstNumber + row;
    const isFragment = ((segment.marks[row] ?? 0) & FRAGMENT) !== 0;
    const size = isFragment ? 0 : (segment.len[row] ?? 0) - (segment.transportOffset[row] ?? 0);
    const seen = { node, at, visit, flow, number, flags: segment.flags[row] ?? 0, size };
    const isSeen = this.#inStretches(segment, row, seen);
    refusals.notice(segment, row, flows, { flow, visit, node, at, ttl: identity.ttl });
    return isSeen;
  }

  /** Without timestamps a segment is keyed by where it lies: it is one of each stretch that it lies in. */
  #inStretches(segment: PacketSegment, row: number, seen: Seen): boolean {
    const identity = this.#identity;
    let sequence = segment.sequence[row] ?? 0;
    let left = segment.payloadLength[row] ?? 0;
    if (!identity.ranged || identity.timestamp !== 0) return this.#sight(seen, sequence, left);
    for (let stretches = 1; stretches < MOST_STRETCHES; stretches += 1) {
      const length = STRETCH_BYTES - (sequence % STRETCH_BYTES);
      if (length >= left) break;
      if (!this.#sight(seen, sequence, length)) return false;
      sequence = (sequence + length) >>> 0;
      left -= length;
      identity.read(segment, row, sequence);
    }
    return this.#sight(seen, sequence, left);
  }

  #sight({ node, at, visit, flow, number, flags, size }: Seen, sequence: number, length: number): boolean {
    const columns = this.#kept.sightings;
    if (columns.full) this.#makeRoom();
    const identity = this.#identity;
    const row = columns.add();
    if (row === NONE) {
      this.#refused += 1;
      return false;
    }
    columns.at[row] = at;
    columns.clock[row] = this.#kept.clocks.current(node);
    columns.number[row] = number;
    columns.keyA[row] = identity.keyA;
    columns.keyB[row] = identity.keyB;
    columns.visit[row] = visit;
    columns.flow[row] = flow;
    columns.sequence[row] = sequence;
    columns.length[row] = length;
    columns.size[row] = size;
    columns.detail[row] = identity.detail;
    columns.acknowledgement[row] = identity.acknowledgement;
    columns.flags[row] = flags;
    columns.ttl[row] = identity.ttl;
    columns.ranged[row] = identity.ranged ? 1 : 0;
    columns.traits[row] = identity.traits;
    columns.doubts[row] = 0;
    this.#kept.chains.add(row);
    if (this.#fresh.length <= MOST_AT_ONCE) this.#fresh.push(row);
    return true;
  }
}

/** A bridge's port receives what is for others, too. */
function wayOf(packetType: number): 'in' | 'out' | 'other' {
  if (packetType === PACKET_TYPE_UNKNOWN) return 'other';
  return packetType === PACKET_TYPE_OUTGOING ? 'out' : 'in';
}
