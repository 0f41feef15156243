// The worker that makes trails: reads the columns that the packet worker writes, and never writes them.
import { parentPort } from 'node:worker_threads';
import { PacketSegment } from '../../app/packet/store/packet-segment.ts';
import { knowVxlanPorts } from '../../app/packet/tunnel-ports.ts';
import { assertNever } from '../../app/result.ts';
import { CarriedFlows } from '../../app/watch/carried-flows.ts';
import { Correlator } from '../../app/watch/correlator.ts';
import { HealthBook } from '../../app/watch/health/health-book.ts';
import type { Trail } from '../../app/watch/model.ts';
import { TrailClocks } from '../../app/watch/trail-clocks.ts';
import { TrailStore } from '../../app/watch/trail-store.ts';
import { TrailTotals } from '../../app/watch/trail-totals.ts';
import { NO_VISIT } from '../../app/watch/visits.ts';
import type { ForetoldWay } from '../../app/watch/way-of-path.ts';
import {
  mostFlows,
  mostUnreadBytes,
  type FreshFlow,
  type TrailNews,
  type TrailReply,
  type TrailRequest,
  type TrailRun,
} from './trail-protocol.ts';

/** ms between two looks at what packets tell of clocks. */
const refreshEveryMs = 1_000;
/** The node whose time is the session's: the first one that is captured, which is the watched Pod's. */
const REFERENCE = 1;
const mostConnectionsTold = 200;
const mostDropsTold = 200;
/** A clock that is set more often is told of often enough. */
const mostStepsTold = 10;
/** Flows whose way is remembered until all of it is captured; of others it is asked for again by and by. */
const mostBeyond = 5_000;
/** Flows whose way is asked for in a tenth of a second. */
const mostFreshFlows = 500;
/** Packets read at once: a busy machine that needs seconds for more would seem to have hung. */
const mostAtOnce = 50_000;

class Run {
  readonly #correlator: Correlator;
  readonly #clocks: TrailClocks;
  readonly #totals: TrailTotals;
  readonly #store: TrailStore;
  readonly #to: Set<string> | null;
  readonly #health: HealthBook;
  readonly #carried: CarriedFlows;
  /** The oldest has packets that were not read. */
  #segments: PacketSegment[] = [];
  #next: number;
  /** What holds as soon as all packets before a number are read, oldest first. */
  #later: {
    readonly before: number;
    readonly ticks: TrailNews['ticks'];
    readonly ended: TrailNews['ended'];
  }[] = [];
  /** Packets before the one number were left out, some of them; what holds behind the other was told. */
  #leftOutBefore: number;
  #toldBefore = 0;
  #missed: number;
  #visitsTold = 0;
  /** By place. */
  readonly #nodes = new Map<number, number>();
  /** By flow, ways that lead by places where nobody captures so far. */
  readonly #beyond = new Map<number, ForetoldWay>();
  #refreshedAt = 0;
  readonly #flowsTold = new Set<number>();
  #fresh: FreshFlow[] = [];
  #revision = 0;

  constructor({ baseSecond, first, to }: TrailRun) {
    this.#to = to === null ? null : new Set(to);
    this.#next = first;
    this.#leftOutBefore = first - 1;
    this.#missed = first - 1;
    const correlator = new Correlator({
      baseSecond,
      onJoin: (connection, other) => {
        this.#totals.join(connection, other);
        this.#health.join(connection, other);
        this.#carried.join(connection, other);
      },
    });
    this.#correlator = correlator;
    const { clocks, visits } = correlator;
    const nodeOf = (place: number): number | null => this.#nodes.get(place) ?? null;
    const connectionOf = (flow: number): number => correlator.connectionOf(flow);
    this.#clocks = new TrailClocks({ clocks, visits, nodeOf }, REFERENCE);
    this.#health = new HealthBook({
      protocolOf: (flow) => correlator.flows.tuple(flow)?.protocol ?? null,
      connectionOf,
      opposite: (flow) => correlator.opposite(flow),
      covered: (...at) => correlator.covered(...at),
    });
    this.#carried = new CarriedFlows(correlator, mostFlows);
    this.#store = new TrailStore(connectionOf);
    this.#totals = new TrailTotals({
      connectionOf,
      latency: (from, to) => this.#clocks.latency(from, to),
      nodeOf: (visit) => nodeOf(visits.at(visit)?.place ?? 0),
    });
  }

  alsoTo(addresses: readonly string[]): void {
    for (const address of addresses) this.#to?.add(address);
  }

  advance(news: TrailNews): TrailReply {
    const correlator = this.#correlator;
    for (const told of news.clocks) this.#clocks.told(told);
    for (const { node, time, ...uptime } of news.uptimes) this.#clocks.observeUptime(node, time, uptime);
    for (const { node, at, bound } of news.syncs) this.#clocks.setSync(node, at, bound);
    const isPlaceNew = news.captures.some(({ place }) => !this.#nodes.has(place));
    for (const { id, ...capture } of news.captures) {
      correlator.capture(id, capture);
      this.#nodes.set(capture.place, capture.node);
    }
    if (isPlaceNew) for (const [flow, way] of [...this.#beyond]) this.#expect(flow, way);
    for (const { flow, way } of news.ways) this.#expect(flow, way);
    for (const entry of news.entries) correlator.learn(entry);
    for (const buffer of news.begun) this.#segments.push(new PacketSegment(buffer));
    this.#later.push({ before: this.#end, ticks: news.ticks, ended: news.ended });
    this.#read();
    this.#keep(correlator.look());
    return this.#reply();
  }

  /** Nobody sees it where nobody captures: numbers are few, and a Pod's peers many. */
  #expect(flow: number, way: ForetoldWay): void {
    const { visits } = this.#correlator;
    const isCaptured = ({ at }: ForetoldWay['visits'][number]): boolean => this.#nodes.has(at.place);
    this.#beyond.delete(flow);
    if (!way.visits.every(isCaptured)) this.#beyond.set(flow, way);
    if (this.#beyond.size > mostBeyond) this.#beyond.delete(this.#beyond.keys().next().value ?? 0);
    this.#correlator.expect(flow, {
      ...way,
      visits: way.visits.map((one) => ({
        ...{ ends: one.ends, carried: one.carried },
        visit: isCaptured(one) ? visits.of(one.at.place, one.at.ifindex, one.at.way) : NO_VISIT,
      })),
    });
  }

  finish(): TrailReply {
    do this.#read();
    while (this.#next < this.#end);
    // What is settled last is told now or never.
    this.#refreshedAt = -Infinity;
    this.#keep(this.#correlator.finish());
    return this.#reply();
  }

  settled(after: number): TrailReply {
    return { kind: 'settled', ...this.#store.settled(after) };
  }

  window({
    ids,
    connections,
    verdicts,
    count,
    until,
  }: Extract<TrailRequest, { kind: 'window' }>): TrailReply {
    const trails = this.#store.window({
      ...{ count, until },
      ids: ids === null ? null : new Set(ids),
      connections: connections === null ? null : new Set(connections),
      verdicts: verdicts === null ? null : new Set(verdicts),
    });
    return { kind: 'window', trails };
  }

  /** Number of the first packet that is not there yet. */
  get #end(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? this.#next : Math.max(this.#next, last.firstNumber + last.count);
  }

  /** Rows that are there, and what holds once they are read. */
  #read(): void {
    this.#skip();
    let left = mostAtOnce;
    for (const segment of this.#segments) {
      if (segment.firstNumber > this.#next) {
        this.#missed += segment.firstNumber - this.#next;
        this.#leftOutBefore = segment.firstNumber;
        this.#correlator.missed();
      }
      const from = Math.max(0, this.#next - segment.firstNumber);
      const to = Math.min(segment.count, from + left);
      if (to > from) {
        this.#correlator.take(segment, from, to);
        this.#health.take(segment, from, to);
        this.#carried.take(segment, from, to);
        left -= to - from;
      }
      this.#next = Math.max(this.#next, segment.firstNumber + to);
      if (left === 0) break;
    }
    const unread = this.#segments.findIndex(({ firstNumber, count }) => firstNumber + count > this.#next);
    this.#segments = this.#segments.slice(unread < 0 ? -1 : unread);
    for (let due = this.#later[0]; due !== undefined && due.before <= this.#next; due = this.#later[0]) {
      // Of each tick that waited meanwhile, and of the next, packets may be among those that were left out.
      const isLeftOut = this.#toldBefore < this.#leftOutBefore;
      if (isLeftOut) this.#correlator.missed();
      for (const { captureId, watermark, dropped } of due.ticks)
        this.#correlator.tick(captureId, watermark, dropped);
      if (isLeftOut) this.#correlator.missed();
      for (const id of due.ended) this.#correlator.end(id);
      this.#toldBefore = due.before;
      this.#later.shift();
    }
  }

  #skip(): void {
    let bytes = this.#segments.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    while (bytes > mostUnreadBytes && this.#segments.length > 1)
      bytes -= this.#segments.shift()?.buffer.byteLength ?? bytes;
  }

  #keep(trails: readonly Trail[]): void {
    if (trails.length > 0) this.#revision += 1;
    // Before they are counted, so that what they took can be said.
    for (const trail of trails) if (trail.final) this.#clocks.add(trail);
    if (performance.now() - this.#refreshedAt > refreshEveryMs) {
      this.#refreshedAt = performance.now();
      this.#clocks.refresh();
    }
    for (const trail of trails.filter((each) => this.#isMeant(each))) {
      this.#totals.add(trail);
      this.#store.add(trail);
      if (trail.final) this.#health.add(trail);
      if (this.#flowsTold.has(trail.flow)) continue;
      // Of a flood of new flows the first are asked about; others when they are seen again.
      const tuple = this.#correlator.flows.tuple(trail.flow);
      if (tuple === null || this.#fresh.length >= mostFreshFlows) continue;
      this.#fresh.push({ flow: trail.flow, tuple, flags: trail.flags, places: this.#placesOf(trail) });
      this.#flowsTold.add(trail.flow);
      // The oldest is told again if it comes back: by then it is somebody else's to forget, too.
      if (this.#flowsTold.size > mostFlows)
        this.#flowsTold.delete(this.#flowsTold.values().next().value ?? 0);
    }
    if (this.#health.settle(this.#correlator.settled)) this.#revision += 1;
  }

  /** What was told as something is withdrawn as the same. */
  #isMeant({ flow, connection }: Trail): boolean {
    const to = this.#to;
    if (to === null) return true;
    return [flow, connection].some((each) => {
      const tuple = this.#correlator.flows.tuple(each);
      return tuple !== null && (to.has(tuple.source) || to.has(tuple.destination));
    });
  }

  #placesOf({ sightings }: Trail): readonly number[] {
    const { visits } = this.#correlator;
    return [...new Set(sightings.flatMap(({ visit }) => visits.at(visit)?.place ?? []))];
  }

  #reply(): TrailReply {
    const { visits, unplaced } = this.#correlator;
    const fresh = Array.from({ length: visits.count - this.#visitsTold }, (_, index) =>
      visits.at(this.#visitsTold + index + 1),
    ).filter((visit) => visit !== null);
    this.#visitsTold = visits.count;
    const flows = this.#fresh;
    this.#fresh = [];
    const { counts, drops, ends, hops } = this.#totals;
    const connections = this.#totals.latestConnections(mostConnectionsTold);
    return {
      ...{ kind: 'advanced', next: this.#next, more: this.#next < this.#end },
      ...{ missed: this.#missed + unplaced, visits: fresh, flows },
      ...{
        counts: { ...counts },
        drops: drops.slice(0, mostDropsTold),
        ...{ ends: ends.map((end) => ({ ...end })), hops },
        connections,
        translated: connections.flatMap(({ connection }) =>
          this.#correlator.isTranslated(connection) ? connection : [],
        ),
        carried: connections.flatMap(({ connection }) => (this.#carried.has(connection) ? connection : [])),
        health: connections.flatMap(({ connection }) => {
          const states = this.#health.of(connection);
          return states.length === 0 ? [] : { connection, states };
        }),
      },
      ...{ revision: this.#revision, clocks: this.#clocks.nodes },
      clockNews: {
        steps: this.#clocks.steps.slice(-mostStepsTold),
        contradictions: this.#clocks.contradictions,
      },
    };
  }
}

let run = new Run({ baseSecond: 0, first: 1, to: null });

function answer(request: TrailRequest): TrailReply {
  switch (request.kind) {
    case 'begin':
      run = new Run(request);
      return { kind: 'begun' };
    case 'ports':
      knowVxlanPorts(request.vxlan);
      return { kind: 'begun' };
    case 'to':
      run.alsoTo(request.addresses);
      return { kind: 'begun' };
    case 'advance':
      return run.advance(request);
    case 'finish':
      return run.finish();
    case 'settled':
      return run.settled(request.after);
    case 'window':
      return run.window(request);
    default:
      return assertNever(request);
  }
}

if (parentPort === null) throw new Error('trail-worker is a worker thread');
const port = parentPort;
port.on('message', (request: TrailRequest) => port.postMessage(answer(request)));
