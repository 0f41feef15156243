// Sightings to trails (DESIGN §5, §10): which of them are of one packet, in which order, and what became of it. What it says at the end
// depends on what was seen alone, not on the order in which captures delivered it: it goes through session time day by day of its calendar
// (chains.ts), and looks at each day twice, when all captures have passed it by so much: after `ASKED_NS` what is whole is settled, after
// `SETTLED_NS` the rest, from all that was seen until then. What is told before is a guess, told anew when it was wrong.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import type { PacketSegment } from '../packet/store/packet-segment.ts';
import type { ConntrackEntry } from '../probe/conntrack-entries.ts';
import type { NodeTime } from '../probe/facts.ts';
import { Chains, DAY_NS, dayOf } from './chains.ts';
import { Connections } from './connections.ts';
import { Coverage, type Covered, type Span } from './coverage.ts';
import { byConnection, draftsOf, MOST_PARTS, type Drafted, type Looked } from './drafts.ts';
import { FlowTable } from './flow-table.ts';
import { ForetoldWays } from './foretold-ways.ts';
import { idleFlows } from './idle-flows.ts';
import { Intake, type CorrelatorCapture } from './intake.ts';
import { Judgement, type JudgedDraft } from './judgement.ts';
import { LearnedWays } from './learned-ways.ts';
import type { Trail, Way } from './model.ts';
import { Refusals } from './refusals.ts';
import { SessionClocks } from './session-clocks.ts';
import { NONE, Sightings } from './sightings.ts';
import { Strays } from './strays.ts';
import { TrailBook } from './trail-book.ts';
import { noticeTranslations } from './translated.ts';
import type { TravelContext } from './travel-order.ts';
import { Visits } from './visits.ts';

/** ns: a packet may wait so long for a neighbour's answer (3 s), in a queue, and for clocks that are known to some tenths of a second. */
export const SETTLED_NS = 5_000_000_000;
/** ns after which what has gone all its way is settled, and what was not seen elsewhere is told as missing, until it is. */
export const ASKED_NS = 1_000_000_000;
const SETTLED_DAYS = SETTLED_NS / DAY_NS;
const ASKED_DAYS = ASKED_NS / DAY_NS;
/** Days between two looks at which flows are idle. */
const TIDY_DAYS = 50;
/** Sightings that wait: 16 s at 60,000 a second. Beyond, the oldest are settled before their time. */
const MOST_SIGHTINGS = 1_000_000;
/** Of one identity: more of them are not told apart. */
const MOST_OF_A_CHAIN = 4_096;

/** Sightings that are looked at again when something is foretold. */
const MOST_WAYLESS = 2_000;

const TOO_MANY = 'too many packets are like it';

export type { CorrelatorCapture };

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
  readonly #sightings: Sightings;
  readonly #chains: Chains;
  readonly #intake: Intake;
  readonly #refusals = new Refusals();
  readonly #learned = new LearnedWays(this.visits);
  readonly #connections = new Connections(this.flows, (connection, other) => {
    this.#learned.join(connection, other);
    this.#foretold.join(connection, other);
    this.#strays.join(connection, other);
  });
  readonly #foretold = new ForetoldWays();
  readonly #strays: Strays;
  readonly #judgement: Judgement;
  readonly #book = new TrailBook();
  /** By place, its node. */
  readonly #nodes = new Map<number, number>();
  /** By visit, as it is asked for. */
  readonly #nodeOf: number[] = [];
  readonly #receivers = new Map<number, ReadonlySet<string>>();
  readonly #travel: TravelContext;
  /** Sightings of which it is not known yet how they go on, and those of them that are looked at again, as something was foretold. */
  readonly #wayless: number[] = [];
  #reconsidered: number[] = [];
  #tidied = -Infinity;
  #patience = SETTLED_NS;
  /** Settled while packets came, for want of room: told with the next look. */
  #overdue: Trail[] = [];
  #unplaced = 0;
  #settled = -Infinity;

  constructor({ baseSecond, mostSightings = MOST_SIGHTINGS }: CorrelatorOptions) {
    this.clocks = new SessionClocks(baseSecond);
    this.#sightings = new Sightings(mostSightings);
    this.#chains = new Chains(this.#sightings);
    const { flows, visits, clocks } = this;
    this.#intake = new Intake(
      { flows, visits, clocks, sightings: this.#sightings, chains: this.#chains, refusals: this.#refusals },
      () => {
        this.#makeRoom();
      },
    );
    this.#travel = {
      sightings: this.#sightings,
      visits: this.visits,
      nodeOf: (visit) =>
        (this.#nodeOf[visit] ??= this.#nodes.get(this.visits.at(visit)?.place ?? NONE) ?? NONE),
      clocksNs: () => this.clocks.apart,
      plusMinus: (node) => (node === NONE ? 0 : this.clocks.plusMinus(node)),
    };
    const { clocksNs } = this.#travel;
    this.#strays = new Strays({ visits, flows, coverage: this.#coverage, clocksNs });
    this.#judgement = new Judgement({
      travel: this.#travel,
      connections: this.#connections,
      refusals: this.#refusals,
      coverage: this.#coverage,
      foretold: this.#foretold,
      learned: this.#learned,
      strays: this.#strays,
      flows: this.flows,
      receivers: this.#receivers,
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
    this.#reconsidered.push(...this.#wayless.splice(0));
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
    return this.#settled;
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
    return this.#lookUntil(this.#coverage.horizon);
  }

  /** Nothing comes any more: settles all. */
  finish(): readonly Trail[] {
    const told = this.#lookUntil(Infinity);
    this.#settled = Infinity;
    return told;
  }

  #lookUntil(horizon: number): readonly Trail[] {
    // Where no capture runs any more nothing is waited for.
    this.#patience = horizon === Infinity ? ASKED_NS / 2 : SETTLED_NS;
    const told = this.#overdue;
    this.#overdue = [];
    const today = dayOf(horizon);
    const asked = this.#advance(today, told);
    // That nothing runs just now does not say that nothing will come.
    if (today !== Infinity) this.#settled = Math.max(this.#settled, (today - SETTLED_DAYS) * DAY_NS);
    const heads = new Set<number>();
    for (const row of [...asked, ...this.#reconsidered, ...(this.#intake.fresh() ?? [])]) {
      const head = this.#chains.headOf(row);
      if (head !== NONE) heads.add(head);
    }
    this.#reconsidered = [];
    for (const head of heads) this.#guess(this.#chains.list(head), told);
    return told;
  }

  /** Through all that is due until that day. Returns sightings whose packets are not whole yet. */
  #advance(today: number, told: Trail[]): readonly number[] {
    const open: number[] = [];
    for (;;) {
      const [asked, due] = [this.#chains.firstEarly ?? Infinity, this.#chains.firstDue ?? Infinity];
      const [askedOn, dueOn] = [asked + 1 + ASKED_DAYS, due + 1 + SETTLED_DAYS];
      const on = Math.min(askedOn, dueOn);
      if (on === Infinity || on > today) return open;
      this.#tidy(on);
      if (askedOn <= dueOn) this.#ask(asked, told, open);
      else this.#settle(due, told);
      this.#learned.settle();
    }
  }

  #ask(day: number, told: Trail[], open: number[]): void {
    const before = (day + 1) * DAY_NS;
    const looked = { before, visible: before + ASKED_NS, windowNs: SETTLED_NS };
    const heads = this.#chains.early(day);
    for (const head of heads) this.#findTranslations(this.#chains.list(head), looked.visible);
    for (const head of heads) if (!this.#settleChain(head, looked, told, true)) open.push(head);
  }

  #settle(day: number, told: Trail[]): void {
    const before = (day + 1) * DAY_NS;
    const looked = { before, visible: before + SETTLED_NS, windowNs: SETTLED_NS };
    const heads = this.#chains.due(day);
    // Of a connection’s first packets what one has passed the other should.
    for (const head of heads) this.#learnWays(head, looked);
    this.#learned.settle();
    // Ways may be known only now. What comes out late in a day is of one that went in before its end.
    for (const head of [...heads, ...this.#chains.upcoming(day + 1)])
      if (!this.#isTcp(head)) this.#noticeStrays(head, looked);
    for (const head of heads) this.#settleChain(head, looked, told, false);
    this.#refusals.forgetBefore(before - SETTLED_NS);
    this.#coverage.forgetBefore(before - SETTLED_NS);
    this.#strays.forgetBefore(before - 2 * SETTLED_NS);
  }

  #learnWays(head: number, looked: Looked): void {
    const { flow, visit } = this.#sightings;
    if (this.#learned.of(this.#connections.of(flow[head] ?? 0)) !== null) return;
    for (const { rows, ambiguous } of this.#draft(this.#chains.list(head), looked).drafts)
      if (ambiguous === null)
        this.#learned.record(
          this.#connections.of(flow[rows[0] ?? 0] ?? 0),
          rows.map((row) => visit[row] ?? 0),
        );
  }

  #noticeStrays(head: number, looked: Looked): void {
    const { drafts } = this.#draft(this.#chains.list(head), { ...looked, before: looked.visible });
    this.#strays.noticeAll(
      drafts,
      drafts.map((draft) => this.#judgement.of(draft, looked.visible, this.#patience)),
    );
  }

  /** Which is followed by its bytes, however it is cut. */
  #isTcp(row: number): boolean {
    return this.flows.tuple(this.#sightings.flow[row] ?? 0)?.protocol === IpProtocol.tcp;
  }

  /** @param whole only if all of it has gone as far as it can be followed @returns whether it was settled */
  #settleChain(head: number, looked: Looked, told: Trail[], whole: boolean): boolean {
    const rows = this.#chains.list(head);
    const { at, number, doubts } = this.#sightings;
    const { drafts, later, doubted } = this.#draft(rows, looked);
    const judged = drafts.map((draft) => this.#judgement.of(draft, looked.visible, this.#patience));
    // What comes out of nowhere is known before what went in, and did not come out, is settled.
    if (whole && !this.#isTcp(head)) this.#strays.noticeAll(drafts, judged);
    if (whole && !(judged.every(isWhole) && later.every((row) => (at[row] ?? 0) >= looked.visible)))
      return false;
    if (whole && judged.length === 0) return false;
    this.#chains.take(head);
    for (const one of judged) {
      this.#learned.record(one.content.connection, one.visits);
      const trail = this.#book.tell(one.content, true);
      if (trail !== null) told.push(trail);
    }
    const staying = later.length === 0 ? null : new Set(later);
    const gone = staying === null ? rows : rows.filter((row) => !staying.has(row));
    if (this.#book.open > 0) told.push(...this.#book.withdraw(gone.map((row) => number[row] ?? 0)));
    for (const row of gone) this.#sightings.free(row);
    for (const [row, doubt] of doubted) doubts[row] = (doubts[row] ?? 0) | doubt;
    for (const row of later) this.#chains.add(row);
    return true;
  }

  /** What may still change. */
  #guess(rows: readonly number[], told: Trail[]): void {
    if (rows.length > MOST_OF_A_CHAIN) return;
    const { drafts } = this.#draft(rows, { before: Infinity, visible: Infinity, windowNs: SETTLED_NS });
    for (const draft of drafts) {
      const { content, way } = this.#judgement.of(draft, Infinity, ASKED_NS / 2 + this.clocks.apart);
      if (way === null && this.#wayless.length < MOST_WAYLESS) this.#wayless.push(draft.rows[0] ?? NONE);
      const trail = this.#book.tell(content, false);
      if (trail !== null) told.push(trail);
    }
  }

  #draft(rows: readonly number[], looked: Looked): Drafted {
    return rows.length > MOST_OF_A_CHAIN
      ? allAlike(rows)
      : draftsOf(this.#travel, this.#connections, rows, looked);
  }

  /** There is no room: the oldest day is settled before its time. What is missing of it may still be on its way to us. */
  #makeRoom(): void {
    while (this.#sightings.full && this.#chains.firstDue !== null)
      this.#settle(this.#chains.firstDue, this.#overdue);
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

  /** Two connections' packets, of one identity, at different places each: perhaps one connection behind a translation. */
  #findTranslations(all: readonly number[], visible: number): void {
    const { at, flow } = this.#sightings;
    const first = flow[all[0] ?? 0];
    if (all.length > MOST_OF_A_CHAIN || all.every((row) => flow[row] === first)) return;
    const rows = all.filter((row) => (at[row] ?? 0) < visible);
    const parts = byConnection(this.#travel, this.#connections, rows);
    if (parts.length < 2 || parts.length > MOST_PARTS) return;
    noticeTranslations(this.#travel, this.#connections, this.flows, parts);
  }
}

function isWhole(one: JudgedDraft): boolean {
  return one.isWhole;
}

/** So many like ones that nobody tells them apart: each is by itself. */
function allAlike(rows: readonly number[]): Drafted {
  const common = { range: null, ambiguous: TOO_MANY, counted: false, elsewhere: false };
  const drafts = rows.map((row) => ({ ...common, rows: [row] }));
  return { drafts, later: [], doubted: [] };
}
