// Sightings to trails (DESIGN §5, §10): which of them are of one packet, in which order, and what became of it. What it says at the end
// depends on what was seen alone, not on the order in which captures delivered it (settlement.ts).
import type { PacketSegment } from '../packet/store/packet-segment.ts';
import type { ConntrackEntry } from '../probe/conntrack-entries.ts';
import type { NodeTime } from '../probe/facts.ts';
import { Chains, DAY_NS } from './chains.ts';
import { Connections } from './connections.ts';
import { Coverage, type Covered, type Span } from './coverage.ts';
import { FlowTable } from './flow-table.ts';
import { ForetoldWays } from './foretold-ways.ts';
import { idleFlows } from './idle-flows.ts';
import { Intake, type CorrelatorCapture } from './intake.ts';
import { Judgement } from './judgement.ts';
import { LearnedWays } from './learned-ways.ts';
import type { Trail, Way } from './model.ts';
import { Refusals } from './refusals.ts';
import { SessionClocks } from './session-clocks.ts';
import { Settlement } from './settlement.ts';
import { NONE, Sightings } from './sightings.ts';
import { Strays } from './strays.ts';
import type { TravelContext } from './travel-order.ts';
import { Visits } from './visits.ts';

/** Days between two looks at which flows are idle. */
const TIDY_DAYS = 50;
/** Sightings that wait: 16 s at 60,000 a second. Beyond, the oldest are settled before their time. */
const MOST_SIGHTINGS = 1_000_000;

export type { CorrelatorCapture };

export interface CorrelatorOptions {
  /** That session times are counted from: ns since the epoch are more than a double holds. */
  readonly baseSecond: number;
  readonly mostSightings?: number;
  /** Two connections turned out to be one, which has the one's number. */
  readonly onJoin?: (connection: number, other: number) => void;
}

export class Correlator {
  readonly flows = new FlowTable();
  readonly visits = new Visits();
  readonly clocks: SessionClocks;
  readonly #coverage = new Coverage();
  readonly #sightings: Sightings;
  readonly #intake: Intake;
  readonly #refusals = new Refusals();
  readonly #learned = new LearnedWays(this.visits);
  readonly #connections: Connections;
  readonly #foretold = new ForetoldWays();
  readonly #settlement: Settlement;
  /** By place, its node. */
  readonly #nodes = new Map<number, number>();
  /** By visit, as it is asked for. */
  readonly #nodeOf: number[] = [];
  readonly #receivers = new Map<number, ReadonlySet<string>>();
  #tidied = -Infinity;
  #unplaced = 0;

  constructor({ baseSecond, mostSightings = MOST_SIGHTINGS, onJoin }: CorrelatorOptions) {
    this.clocks = new SessionClocks(baseSecond);
    this.#sightings = new Sightings(mostSightings);
    const { flows, visits, clocks } = this;
    const [sightings, coverage, refusals] = [this.#sightings, this.#coverage, this.#refusals];
    const [learned, foretold] = [this.#learned, this.#foretold];
    const chains = new Chains(sightings);
    this.#intake = new Intake({ flows, visits, clocks, sightings, chains, refusals }, () => {
      this.#settlement.makeRoom();
    });
    const clocksNs = (): number => clocks.apart;
    const strays = new Strays({ flows, visits, coverage, clocksNs });
    this.#connections = new Connections(flows, (connection, other) => {
      for (const known of [learned, foretold, strays]) known.join(connection, other);
      onJoin?.(connection, other);
    });
    const connections = this.#connections;
    const travel: TravelContext = {
      ...{ sightings, visits, clocksNs },
      nodeOf: (visit) => (this.#nodeOf[visit] ??= this.#nodes.get(visits.at(visit)?.place ?? NONE) ?? NONE),
      plusMinus: (node) => (node === NONE ? 0 : clocks.plusMinus(node)),
    };
    const known = { travel, connections, refusals, coverage, learned, strays, flows };
    this.#settlement = new Settlement({
      ...{ ...known, clocks, sightings, chains },
      judgement: new Judgement({ ...known, foretold, receivers: this.#receivers }),
      onDay: (day) => {
        this.#tidy(day);
      },
    });
  }

  /** A capture whose packets may come; complete from its first tick on. */
  capture(id: number, capture: CorrelatorCapture): void {
    this.#intake.begin(id, capture);
    this.#nodes.set(capture.place, capture.node);
    this.#receivers.set(capture.place, capture.receives);
    this.#coverage.begin(id, capture);
  }

  /** All of its packets until then were taken. @param dropped how many the node's kernel has dropped of it so far */
  tick(captureId: number, watermark: NodeTime, dropped: number): void {
    const capture = this.#intake.capture(captureId);
    if (capture === null) return;
    this.#coverage.tick(captureId, this.clocks.sessionTime(capture.node, watermark), dropped);
  }

  /** Nothing comes of it any more: what it has not delivered up to now is lost. */
  end(captureId: number): void {
    this.#intake.end(captureId);
    this.#coverage.end(captureId);
  }

  /** Packets were left out that captures had delivered. */
  missed(): void {
    this.#coverage.missed();
  }

  /** How packets of a flow are to go, from where they are seen first. */
  expect(flow: number, way: Way): void {
    if (this.flows.tuple(flow) === null) return;
    this.#foretold.expect(this.#connections.of(flow), flow, way);
    this.#settlement.reconsider();
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

  /** Session time, ns: trails of packets that were seen first before it are final. */
  get settled(): number {
    return this.#settlement.settled;
  }

  connectionOf(flow: number): number {
    return this.#connections.of(flow);
  }

  /** Its packets have several addresses or ports. */
  isTranslated(connection: number): boolean {
    return this.#connections.isSeveral(connection);
  }

  /** The connection of the packets that answer those of a flow. */
  opposite(flow: number): number {
    return this.#connections.of(this.flows.reverse(flow));
  }

  /** Whether packets of a flow, and their answers, would have been seen at a visit's interface. */
  covered(visit: number, flow: number, span: Span): Covered {
    const [at, ends] = [this.visits.at(visit), this.flows.tuple(flow)];
    return at === null || ends === null ? 'no' : this.#coverage.covered(at, { ends, carried: false }, span);
  }

  /** Packets of a segment, from row `from` on, before row `to`. */
  take(segment: PacketSegment, from: number, to: number): void {
    const { refused } = this.#intake;
    for (let row = from; row < to; row += 1) if (!this.#intake.take(segment, row)) this.#unplaced += 1;
    // Who was seen and is not followed is not missing there.
    if (this.#intake.refused > refused) this.missed();
  }

  /** What is new since the last look. */
  look(): readonly Trail[] {
    return this.#settlement.look(this.#coverage.horizon, this.#intake.fresh() ?? []);
  }

  /** Nothing comes any more: settles all. */
  finish(): readonly Trail[] {
    return this.#settlement.finish(this.#intake.fresh() ?? []);
  }

  /** Forgets flows that are idle, with all that is known of them. */
  #tidy(day: number): void {
    if (day < this.#tidied + TIDY_DAYS) return;
    this.#tidied = day;
    const idle = idleFlows(this.flows, this.#connections, (day * DAY_NS) / 1e9);
    if (idle.size === 0) return;
    this.flows.forget(idle);
    this.#connections.forget(idle);
    for (const flow of idle) {
      this.#foretold.forget(flow);
      this.#learned.forget(flow);
    }
  }
}
