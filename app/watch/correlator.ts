// Sightings to trails (DESIGN §5, §10): which of them are of one packet, in which order, and what became of it. What it says at the end
// depends on what was seen alone, not on the order in which captures delivered it: a packet's trail is settled once every capture has passed
// its time by `SETTLED_NS`, from all that was seen until then. What is told before is a guess, told anew when it was wrong.
import { grouped } from '../grouped.ts';
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import {
  PACKET_TYPE_OUTGOING,
  PACKET_TYPE_UNKNOWN,
  type PacketSegment,
} from '../packet/store/packet-segment.ts';
import type { ConntrackEntry } from '../probe/conntrack-entries.ts';
import type { NodeTime } from '../probe/facts.ts';
import { Chains, DAY_NS, dayOf } from './chains.ts';
import { Connections } from './connections.ts';
import { Coverage, type CoverageCapture } from './coverage.ts';
import { areApart, byConnection, draftsOf, overlap, type Draft, type Drafted } from './drafts.ts';
import { FlowTable, NO_FLOW } from './flow-table.ts';
import { LearnedWays } from './learned-ways.ts';
import type { Refusal, Trail, Way } from './model.ts';
import { PacketIdentity } from './packet-identity.ts';
import { Refusals } from './refusals.ts';
import { SessionClocks } from './session-clocks.ts';
import { NONE, Sightings } from './sightings.ts';
import { TrailBook } from './trail-book.ts';
import type { TravelContext } from './travel-order.ts';
import { judge } from './verdict.ts';
import { NO_VISIT, Visits } from './visits.ts';

/** ns: a packet may wait so long for a neighbour's answer (3 s), in a queue, and for clocks that are known to some tenths of a second. */
export const SETTLED_NS = 5_000_000_000;
/** ns after which what was not seen elsewhere is told as missing, until it is. */
export const EARLY_NS = 500_000_000;
/** ns by which clocks of two nodes may be apart where no round trip has told yet. */
const CLOCKS_NS = 1_000_000_000;
/** Sightings that wait: 16 s at 60,000 a second. Beyond, the oldest are settled before their time. */
const MOST_SIGHTINGS = 1_000_000;
/** Of one identity: more of them are not told apart. */
const MOST_OF_A_CHAIN = 4_096;
/** Connections of one identity that are compared with each other. */
const MOST_PARTS = 16;
/** New sightings of a look that are told of at once; at higher rates a packet is told of when it is half a second old. */
const MOST_AT_ONCE = 2_000;

const SYN = 0x02;
const FIN = 0x01;
/** SLL2's: to another machine. Nobody on this one takes it. */
const OTHERHOST = 3;

const ELSEWHERE = 'a packet like it was seen under other addresses, and whether it is the same is not known';
const TOO_MANY = 'too many packets are like it';

export interface CorrelatorCapture extends CoverageCapture {
  /** Whose clock its packets have. */
  readonly node: number;
  /** Of a Pod's namespace its addresses: what comes in there for one of them has arrived. */
  readonly receives: ReadonlySet<string>;
}

export interface CorrelatorOptions {
  /** That session times are counted from: ns since the epoch are more than a double holds. */
  readonly baseSecond: number;
  readonly mostSightings?: number;
}

export class Correlator {
  readonly flows = new FlowTable();
  readonly visits = new Visits();
  readonly clocks: SessionClocks;
  readonly #coverage = new Coverage();
  readonly #connections = new Connections(this.flows);
  readonly #sightings: Sightings;
  readonly #chains: Chains;
  readonly #identity = new PacketIdentity();
  readonly #refusals = new Refusals();
  readonly #learned = new LearnedWays();
  /** By flow. */
  readonly #expected = new Map<number, Way>();
  /** The same by connection, as long as none has become another's. */
  #waysKnown: {
    readonly joins: number;
    readonly ways: ReadonlyMap<number, readonly (readonly [number, Way])[]>;
  } | null = null;
  readonly #book = new TrailBook();
  readonly #captures = new Map<number, CorrelatorCapture>();
  /** By place, its node. */
  readonly #nodes = new Map<number, number>();
  readonly #receivers = new Map<number, ReadonlySet<string>>();
  readonly #travel: TravelContext;
  #fresh: number[] = [];
  /** Sightings of which it is not known yet how they go on: looked at again when anything is foretold. */
  readonly #wayless: number[] = [];
  /** Settled while packets came, for want of room: told with the next look. */
  #overdue: Trail[] = [];
  #unplaced = 0;

  constructor({ baseSecond, mostSightings = MOST_SIGHTINGS }: CorrelatorOptions) {
    this.clocks = new SessionClocks(baseSecond);
    this.#sightings = new Sightings(mostSightings);
    this.#chains = new Chains(this.#sightings);
    this.#travel = {
      sightings: this.#sightings,
      visits: this.visits,
      nodeOf: (visit) => this.#nodes.get(this.visits.at(visit)?.place ?? NONE) ?? NONE,
    };
  }

  /** A capture whose packets may come; complete from its first tick on. */
  capture(id: number, capture: CorrelatorCapture): void {
    this.#captures.set(id, capture);
    this.#nodes.set(capture.place, capture.node);
    this.#receivers.set(capture.place, capture.receives);
    this.#coverage.begin(id, capture);
  }

  /** All of its packets until then were taken. @param dropped how many the node's kernel has dropped of it so far */
  tick(captureId: number, watermark: NodeTime, dropped: number): void {
    const capture = this.#captures.get(captureId);
    if (capture === undefined) return;
    this.#coverage.tick(captureId, this.clocks.sessionTime(capture.node, watermark), dropped);
  }

  /** Nothing comes of it any more: what it has not delivered up to now is lost. */
  end(captureId: number): void {
    this.#coverage.end(captureId);
  }

  /** Packets were left out that captures had delivered. */
  missed(): void {
    this.#coverage.missed();
  }

  /** How packets of a flow are to go, from where they are seen first. */
  expect(flow: number, way: Way): void {
    this.#expected.set(flow, way);
    this.#waysKnown = null;
    this.#fresh.push(...this.#wayless.splice(0));
  }

  /** What a node's conntrack lists. */
  learn(entry: ConntrackEntry): void {
    this.#connections.learn(entry);
  }

  /** Packets that are of no capture, interface or flow that is followed. */
  get unplaced(): number {
    return this.#unplaced;
  }

  /** Sightings that wait. */
  get waiting(): number {
    return this.#sightings.used;
  }

  /** Packets of a segment, from row `from` on, before row `to`. */
  take(segment: PacketSegment, from: number, to: number): void {
    for (let row = from; row < to; row += 1) if (!this.#take(segment, row)) this.#unplaced += 1;
  }

  /** What is new since the last look. */
  look(): readonly Trail[] {
    return this.#lookUntil(this.#coverage.horizon);
  }

  /** Nothing comes any more: settles all. */
  finish(): readonly Trail[] {
    return this.#lookUntil(Infinity);
  }

  #take(segment: PacketSegment, row: number): boolean {
    const capture = this.#captures.get(segment.captureId[row] ?? 0);
    const packetType = segment.packetType[row] ?? PACKET_TYPE_UNKNOWN;
    const identity = this.#identity;
    if (capture === undefined || packetType === OTHERHOST || !identity.read(segment, row)) return false;
    const visit = this.#visitOf(capture, segment.ifindex[row] ?? 0, packetType);
    const flow = this.flows.of(segment, row);
    if (visit === NO_VISIT || flow === NO_FLOW) return false;
    if (this.#sightings.full) this.#makeRoom();
    const columns = this.#sightings;
    const sighting = columns.add();
    if (sighting === NONE) return false;
    const time = { s: segment.seconds[row] ?? 0, ns: segment.nanoseconds[row] ?? 0 };
    const at = this.clocks.sessionTime(capture.node, time);
    columns.at[sighting] = at;
    columns.clock[sighting] = this.clocks.current(capture.node);
    columns.number[sighting] = segment.firstNumber + row;
    columns.keyA[sighting] = identity.keyA;
    columns.keyB[sighting] = identity.keyB;
    columns.visit[sighting] = visit;
    columns.flow[sighting] = flow;
    columns.sequence[sighting] = segment.sequence[row] ?? 0;
    columns.length[sighting] = segment.payloadLength[row] ?? 0;
    columns.detail[sighting] = identity.detail;
    columns.flags[sighting] = segment.flags[row] ?? 0;
    columns.ttl[sighting] = identity.ttl;
    columns.ranged[sighting] = identity.ranged ? 1 : 0;
    this.#chains.add(sighting);
    if (this.#fresh.length <= MOST_AT_ONCE) this.#fresh.push(sighting);
    this.#refusals.notice(segment, row, this.flows, { flow, visit, at, ttl: identity.ttl });
    return true;
  }

  /** @param ifindex 0: the capture does not tell, it has one */
  #visitOf(capture: CorrelatorCapture, ifindex: number, packetType: number): number {
    const way =
      packetType === PACKET_TYPE_UNKNOWN ? 'other' : packetType === PACKET_TYPE_OUTGOING ? 'out' : 'in';
    return this.visits.of(capture.place, ifindex === 0 ? (capture.ifindex ?? 0) : ifindex, way);
  }

  #lookUntil(horizon: number): readonly Trail[] {
    const told = this.#overdue;
    this.#overdue = [];
    const early = this.#chains.early(dayOf(horizon - EARLY_NS));
    for (const head of early) this.#findTranslations(this.#chains.list(head));
    const fresh = this.#fresh.length > MOST_AT_ONCE ? [] : this.#fresh.map((row) => this.#chains.headOf(row));
    this.#fresh = [];
    for (const head of new Set([...early, ...fresh]))
      if (head !== NONE) this.#guess(this.#chains.list(head), told);
    // Where no capture runs any more nothing is waited for.
    this.#settle(dayOf(horizon - SETTLED_NS), told, horizon === Infinity ? EARLY_NS : SETTLED_NS);
    return told;
  }

  /** What may still change. */
  #guess(rows: readonly number[], told: Trail[]): void {
    if (rows.length > MOST_OF_A_CHAIN) return;
    for (const draft of this.#draft(rows, Infinity).drafts) {
      const trail = this.#trail(draft, EARLY_NS, false);
      if (trail !== null) told.push(trail);
    }
  }

  /** Settles what began before that day. @param patience ns that a packet may take to the next visit */
  #settle(day: number, told: Trail[], patience = SETTLED_NS): void {
    const before = day * DAY_NS;
    for (let heads = this.#chains.due(day); heads.length > 0; heads = this.#chains.due(day)) {
      for (const head of heads) this.#settleChain(this.#chains.take(head), before, patience, told);
      this.#learned.settle();
    }
    this.#refusals.forgetBefore(before - SETTLED_NS);
    this.#coverage.forgetBefore(before - SETTLED_NS);
  }

  #settleChain(rows: readonly number[], before: number, patience: number, told: Trail[]): void {
    const { drafts, later } = rows.length > MOST_OF_A_CHAIN ? allAlike(rows) : this.#draft(rows, before);
    for (const draft of drafts) {
      const trail = this.#trail(draft, patience, true);
      if (trail !== null) told.push(trail);
    }
    const staying = new Set(later);
    const gone = rows.filter((row) => !staying.has(row));
    told.push(...this.#book.withdraw(gone.map((row) => this.#sightings.number[row] ?? 0)));
    for (const row of gone) this.#sightings.free(row);
    for (const row of later) this.#chains.add(row);
  }

  #draft(rows: readonly number[], before: number): Drafted {
    return draftsOf(this.#travel, this.#connections, rows, { windowNs: SETTLED_NS, before });
  }

  /** There is no room: the oldest day is settled before its time. What is missing of it may still be on its way to us. */
  #makeRoom(): void {
    const day = this.#chains.firstDay;
    if (day !== null) this.#settle(day + 1, this.#overdue);
  }

  /** Null when nothing about it is new. @param patience ns after its last sighting, until it is missing elsewhere */
  #trail(draft: Draft, patience: number, final: boolean): Trail | null {
    const { rows, range } = draft;
    const { at, visit, flow, number, flags, clock, sequence, length } = this.#sightings;
    const [first, last] = [rows[0] ?? 0, rows.at(-1) ?? 0];
    const connection = this.#connections.of(flow[first] ?? 0);
    const visits = rows.map((row) => visit[row] ?? NO_VISIT);
    if (final) this.#learned.record(connection, visits);
    const way = this.#wayOf(rows, connection);
    if (way === null && !final && this.#wayless.length < MOST_AT_ONCE) this.#wayless.push(first);
    const judged = judge(
      {
        ...{ visits, way, final, received: this.#isReceived(last) },
        after: { from: (at[last] ?? 0) - CLOCKS_NS, to: (at[last] ?? 0) + patience },
        refusal: this.#refusalOf(draft),
        ambiguous: draft.ambiguous,
        elsewhere: draft.elsewhere ? ELSEWHERE : null,
      },
      this.visits,
      this.#coverage,
    );
    const content = {
      ...judged,
      flow: flow[first] ?? 0,
      connection,
      sightings: rows.map((row) => ({
        ...{ visit: visit[row] ?? 0, at: at[row] ?? 0, clock: clock[row] ?? 0, number: number[row] ?? 0 },
      })),
      bytes: range?.length ?? length[first] ?? 0,
      isRange: range !== null,
      sequence: range?.sequence ?? sequence[first] ?? 0,
      flags: flags[first] ?? 0,
    };
    return this.#book.tell(content, final);
  }

  /** It came into the namespace of the Pod that it is for. */
  #isReceived(row: number): boolean {
    const { visit, flow } = this.#sightings;
    const at = this.visits.at(visit[row] ?? NO_VISIT);
    const destination = this.flows.tuple(flow[row] ?? 0)?.destination ?? '';
    return at?.way === 'in' && this.#receivers.get(at.place)?.has(destination) === true;
  }

  /** Of those that are foretold of any of the connection's flows one that passes where it was seen last; else what others of it did. */
  #wayOf(rows: readonly number[], connection: number): Way | null {
    const last = this.#sightings.visit[rows.at(-1) ?? 0];
    const foretold = this.#foretold(connection);
    const learned = this.#learned.of(connection);
    const passing = [...foretold, ...(learned === null ? [] : [learned])].filter(({ visits }) =>
      visits.some((one) => one.visit === last),
    );
    return passing.find(({ end }) => end !== 'unknown') ?? passing[0] ?? foretold[0] ?? learned;
  }

  #foretold(connection: number): readonly Way[] {
    if (this.#waysKnown?.joins !== this.#connections.joins) {
      const ways = grouped([...this.#expected], ([flow]) => this.#connections.of(flow));
      this.#waysKnown = { joins: this.#connections.joins, ways };
    }
    return (this.#waysKnown.ways.get(connection) ?? []).map(([, way]) => way);
  }

  #refusalOf({ rows, range }: Draft): Refusal | null {
    const { at, flow, flags, sequence, length, detail } = this.#sightings;
    for (const row of rows) {
      const from = range?.sequence ?? sequence[row] ?? 0;
      const payload = range?.length ?? length[row] ?? 0;
      const counted = flags[row] ?? 0;
      const sequenceEnd =
        (from + payload + ((counted & SYN) === 0 ? 0 : 1) + ((counted & FIN) === 0 ? 0 : 1)) >>> 0;
      const refused = {
        flow: flow[row] ?? 0,
        sequence: from,
        sequenceEnd,
        payload,
        identification: detail[row] ?? 0,
      };
      const refusal = this.#refusals.of(refused, (at[row] ?? 0) + SETTLED_NS);
      if (refusal !== null) return refusal;
    }
    return null;
  }

  /** Two connections' packets, of one identity, at different places each: perhaps one connection behind a translation. */
  #findTranslations(rows: readonly number[]): void {
    const { flow, keyA, ranged } = this.#sightings;
    const parts = byConnection(this.#sightings, this.#connections, rows);
    if (parts.length < 2 || parts.length > MOST_PARTS) return;
    for (const [index, one] of parts.entries())
      for (const other of parts.slice(index + 1)) {
        const [a, b] = [one[0] ?? 0, other[0] ?? 0];
        // Two connections of one pair of hosts may have one TSval: their ranges have to overlap.
        if (
          !areApart(this.#sightings, one, other) ||
          (ranged[a] === 1 && !overlap(this.#sightings, one, other))
        )
          continue;
        const isTcp = this.flows.tuple(flow[a] ?? 0)?.protocol === IpProtocol.tcp;
        this.#connections.alike(flow[a] ?? 0, flow[b] ?? 0, keyA[a] ?? 0, isTcp);
      }
  }
}

/** So many like ones that nobody tells them apart: each is by itself. */
function allAlike(rows: readonly number[]): Drafted {
  const drafts = rows.map((row) => ({ rows: [row], range: null, ambiguous: TOO_MANY, elsewhere: false }));
  return { drafts, later: [] };
}
