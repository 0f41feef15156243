// When packets are settled: session time is gone through day by day of its calendar (chains.ts), and each day looked at twice, when all captures
// have passed it by so much: after `ASKED_NS` what is whole is settled, after `SETTLED_NS` the rest, from all that was seen until then.
// What is told before is a guess, told anew when it was wrong.
import { IpProtocol } from '../packet/columns/ip-protocol.ts';
import { DAY_NS, dayOf, type Chains } from './chains.ts';
import type { Connections } from './connections.ts';
import type { Coverage } from './coverage.ts';
import { byConnection, draftsOf, MOST_PARTS, type Draft, type Drafted, type Looked } from './drafts.ts';
import type { FlowTable } from './flow-table.ts';
import type { Judgement, JudgedDraft } from './judgement.ts';
import type { LearnedWays } from './learned-ways.ts';
import type { Trail } from './model.ts';
import type { Refusals } from './refusals.ts';
import type { SessionClocks } from './session-clocks.ts';
import { NONE, type Sightings } from './sightings.ts';
import { NEAR_NS, type Strays } from './strays.ts';
import { TrailBook } from './trail-book.ts';
import { noticeTranslations } from './translated.ts';
import type { TravelContext } from './travel-order.ts';

/** ns: a packet may wait so long for a neighbour's answer (3 s), in a queue, and for clocks that are known to some tenths of a second. */
export const SETTLED_NS = 5_000_000_000;
/** ns after which what has gone all its way is settled, and what was not seen elsewhere is told as missing, until it is. */
const ASKED_NS = 1_000_000_000;
const SETTLED_DAYS = SETTLED_NS / DAY_NS;
const ASKED_DAYS = ASKED_NS / DAY_NS;
/** Of one identity: more of them are not told apart. */
const MOST_OF_A_CHAIN = 4_096;
/** Sightings that are looked at again when something is foretold. */
const MOST_WAYLESS = 2_000;

const TOO_MANY = 'too many packets are like it';

export interface SettlementContext {
  readonly flows: FlowTable;
  readonly clocks: SessionClocks;
  readonly coverage: Coverage;
  readonly sightings: Sightings;
  readonly chains: Chains;
  readonly refusals: Refusals;
  readonly learned: LearnedWays;
  readonly connections: Connections;
  readonly strays: Strays;
  readonly travel: TravelContext;
  readonly judgement: Judgement;
  /** A day is begun. */
  readonly onDay: (day: number) => void;
}

/** A chain, made packets. */
interface DraftedChain extends Drafted {
  readonly head: number;
  readonly rows: readonly number[];
}

export class Settlement {
  readonly #context: SettlementContext;
  readonly #book = new TrailBook();
  /** Sightings of which it is not known yet how they go on, and those of them that are looked at again, as something was foretold. */
  readonly #wayless: number[] = [];
  #reconsidered: number[] = [];
  #patience = SETTLED_NS;
  /** Until that day it is noted where packets began to be seen. */
  #noted = -Infinity;
  /** Settled while packets came, for want of room: told with the next look. */
  #overdue: Trail[] = [];
  #settled = -Infinity;

  constructor(context: SettlementContext) {
    this.#context = context;
  }

  /** Session time, ns: trails of packets that were seen first before it are final. */
  get settled(): number {
    return this.#settled;
  }

  /** What nobody knew how it goes on is looked at again. */
  reconsider(): void {
    this.#reconsidered.push(...this.#wayless.splice(0));
  }

  /** What is new since the last look. @param horizon session time, ns, that all captures have passed @param fresh sightings since then */
  look(horizon: number, fresh: readonly number[]): readonly Trail[] {
    const { chains } = this.#context;
    // Where no capture runs any more nothing is waited for.
    this.#patience = horizon === Infinity ? ASKED_NS / 2 + this.#context.clocks.apart : SETTLED_NS;
    const told = this.#overdue;
    this.#overdue = [];
    const today = dayOf(horizon);
    const asked = this.#advance(today, told);
    // That nothing runs just now does not say that nothing will come.
    if (today !== Infinity) this.#settled = Math.max(this.#settled, (today - SETTLED_DAYS) * DAY_NS);
    const heads = new Set<number>();
    for (const row of [...asked, ...this.#reconsidered, ...fresh]) {
      const head = chains.headOf(row);
      if (head !== NONE) heads.add(head);
    }
    this.#reconsidered = [];
    for (const head of heads) this.#guess(chains.list(head), told);
    return told;
  }

  /** Nothing comes any more: settles all. */
  finish(fresh: readonly number[]): readonly Trail[] {
    const told = this.look(Infinity, fresh);
    this.#settled = Infinity;
    return told;
  }

  /** There is no room: the oldest day is settled before its time. What is missing of it may still be on its way to us. */
  makeRoom(): void {
    const { sightings, chains } = this.#context;
    while (sightings.full && chains.firstDue !== null) this.#settle(chains.firstDue, this.#overdue);
  }

  /** Through all that is due until that day. Returns sightings whose packets are not whole yet. */
  #advance(today: number, told: Trail[]): readonly number[] {
    const { chains, learned, onDay } = this.#context;
    const open: number[] = [];
    for (;;) {
      const [asked, due] = [chains.firstEarly ?? Infinity, chains.firstDue ?? Infinity];
      const [askedOn, dueOn] = [asked + 1 + ASKED_DAYS, due + 1 + SETTLED_DAYS];
      const on = Math.min(askedOn, dueOn);
      if (on === Infinity || on > today) return open;
      onDay(on);
      if (askedOn <= dueOn) this.#ask(asked, told, open);
      else this.#settle(due, told);
      learned.settle();
    }
  }

  #ask(day: number, told: Trail[], open: number[]): void {
    const { chains } = this.#context;
    const before = (day + 1) * DAY_NS;
    const looked = { before, visible: before + ASKED_NS, windowNs: SETTLED_NS };
    const heads = chains.early(day);
    for (const head of heads) this.#findTranslations(chains.list(head), looked.visible);
    for (const head of heads) {
      const chain = this.#drafted(head, looked);
      this.#noteStrays(chain, looked);
      if (!this.#settleChain(chain, looked, told, true)) open.push(head);
    }
    this.#noted = Math.max(this.#noted, day);
  }

  #settle(day: number, told: Trail[]): void {
    const { chains, learned, refusals, coverage, strays } = this.#context;
    const before = (day + 1) * DAY_NS;
    const looked = { before, visible: before + SETTLED_NS, windowNs: SETTLED_NS };
    this.#noteUnasked(day);
    const drafted = chains.due(day).map((head) => this.#drafted(head, looked));
    // Of a connection’s first packets what one has passed the other should.
    for (const chain of drafted) this.#learnWays(chain);
    learned.settle();
    for (const chain of drafted) this.#noteStrays(chain, looked);
    for (const chain of drafted) this.#settleChain(chain, looked, told, false);
    refusals.forgetBefore(before - SETTLED_NS);
    coverage.forgetBefore(before - SETTLED_NS);
    strays.forgetBefore(before - 2 * SETTLED_NS);
  }

  #learnWays({ head, drafts }: DraftedChain): void {
    const { learned, connections, sightings } = this.#context;
    const { flow, visit } = sightings;
    if (learned.of(connections.of(flow[head] ?? 0)) !== null) return;
    for (const { rows, ambiguous } of drafts)
      if (ambiguous === null)
        learned.record(
          connections.of(flow[rows[0] ?? 0] ?? 0),
          rows.map((row) => visit[row] ?? 0),
        );
  }

  /** What is settled before its time, for want of room, may have been cut into what was not asked about: noted as soon as all of that is there. */
  #noteUnasked(day: number): void {
    const { chains, clocks, coverage } = this.#context;
    const near = day + Math.ceil((NEAR_NS + clocks.apart) / DAY_NS);
    const isThere = dayOf(coverage.horizon) - 1 - ASKED_DAYS;
    for (const one of chains.unasked(Math.min(near, isThere))) {
      if (one <= this.#noted) continue;
      const before = (one + 1) * DAY_NS;
      const looked = { before, visible: before + ASKED_NS, windowNs: SETTLED_NS };
      for (const head of chains.upcoming(one)) this.#noteStrays(this.#drafted(head, looked), looked);
      this.#noted = Math.max(this.#noted, one);
    }
  }

  /** Also those of which another one like them, that came before, is not settled yet. */
  #noteStrays(chain: DraftedChain, looked: Looked): void {
    if (this.#isTcp(chain.head)) return;
    const { at } = this.#context.sightings;
    const isAll = chain.later.every((row) => (at[row] ?? 0) >= looked.visible);
    const { drafts } = isAll ? chain : this.#drafted(chain.head, { ...looked, before: looked.visible });
    for (const draft of drafts) this.#noteStray(draft);
  }

  #noteStray({ rows, ambiguous, elsewhere }: Draft): void {
    const { strays, connections, sightings } = this.#context;
    const { flow, visit, at, size } = sightings;
    const row = rows[0] ?? 0;
    // What went in may be there under other addresses.
    if (elsewhere || ambiguous !== null) return;
    strays.note({
      connection: connections.of(flow[row] ?? 0),
      flow: flow[row] ?? 0,
      visit: visit[row] ?? 0,
      at: at[row] ?? 0,
      size: size[row] ?? 0,
    });
  }

  /** Which is followed by its bytes, however it is cut. */
  #isTcp(row: number): boolean {
    const { flows, sightings } = this.#context;
    return flows.tuple(sightings.flow[row] ?? 0)?.protocol === IpProtocol.tcp;
  }

  /** @param whole only if all of it has gone as far as it can be followed @returns whether it was settled */
  #settleChain(
    { head, rows, drafts, later, doubted }: DraftedChain,
    looked: Looked,
    told: Trail[],
    whole: boolean,
  ): boolean {
    const { chains, judgement, learned, sightings } = this.#context;
    const { at, number, doubts } = sightings;
    const judged = drafts.map((draft) => judgement.of(draft, looked.visible, this.#patience));
    if (whole && !(judged.every(isWhole) && later.every((row) => (at[row] ?? 0) >= looked.visible)))
      return false;
    if (whole && judged.length === 0) return false;
    chains.take(head);
    for (const one of judged) {
      learned.record(one.content.connection, one.visits);
      const trail = this.#book.tell(one.content, true);
      if (trail !== null) told.push(trail);
    }
    const staying = later.length === 0 ? null : new Set(later);
    const gone = staying === null ? rows : rows.filter((row) => !staying.has(row));
    if (this.#book.open > 0) told.push(...this.#book.withdraw(gone.map((row) => number[row] ?? 0)));
    for (const row of gone) sightings.free(row);
    for (const [row, doubt] of doubted) doubts[row] = (doubts[row] ?? 0) | doubt;
    for (const row of later) chains.add(row);
    return true;
  }

  /** What may still change. */
  #guess(rows: readonly number[], told: Trail[]): void {
    const { judgement, clocks } = this.#context;
    if (rows.length > MOST_OF_A_CHAIN) return;
    const { drafts } = this.#draft(rows, { before: Infinity, visible: Infinity, windowNs: SETTLED_NS });
    for (const draft of drafts) {
      const { content, way } = judgement.of(draft, Infinity, ASKED_NS / 2 + clocks.apart);
      if (way === null && this.#wayless.length < MOST_WAYLESS) this.#wayless.push(draft.rows[0] ?? NONE);
      const trail = this.#book.tell(content, false);
      if (trail !== null) told.push(trail);
    }
  }

  #drafted(head: number, looked: Looked): DraftedChain {
    const rows = this.#context.chains.list(head);
    const { drafts, later, doubted } = this.#draft(rows, looked);
    return { head, rows, drafts, later, doubted };
  }

  #draft(rows: readonly number[], looked: Looked): Drafted {
    const { travel, connections } = this.#context;
    return rows.length > MOST_OF_A_CHAIN ? allAlike(rows) : draftsOf(travel, connections, rows, looked);
  }

  /** Two connections' packets, of one identity, at different places each: perhaps one connection behind a translation. */
  #findTranslations(all: readonly number[], visible: number): void {
    const { travel, connections, flows, sightings } = this.#context;
    const { at, flow } = sightings;
    const first = flow[all[0] ?? 0];
    if (all.length > MOST_OF_A_CHAIN || all.every((row) => flow[row] === first)) return;
    const rows = all.filter((row) => (at[row] ?? 0) < visible);
    const parts = byConnection(travel, connections, rows);
    if (parts.length < 2 || parts.length > MOST_PARTS) return;
    noticeTranslations(travel, connections, flows, parts);
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
