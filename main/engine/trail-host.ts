// The engine's side of the trail worker: tells it of captures, segments, watermarks and of how flows are to go, at most ten times a second,
// and keeps what it answers. It holds nobody up: who decodes and records packets does not wait for it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConntrackEntry } from '../../app/probe/conntrack-entries.ts';
import type { CorrelatorCapture } from '../../app/watch/correlator.ts';
import type { Trail, Visit } from '../../app/watch/model.ts';
import type { ToldClock } from '../../app/watch/trail-clocks.ts';
import type { SettledTrails } from '../../app/watch/trail-store.ts';
import { noVerdicts } from '../../app/watch/trail-totals.ts';
import type { ForetoldWay } from '../../app/watch/way-of-path.ts';
import type { Result } from '../../app/result.ts';
import { SupervisedWorker, type WorkerFailure } from './supervised-worker.ts';
import { GatheredNews } from './trail-news.ts';
import {
  mostFlows,
  type CaptureTick,
  type FreshFlow,
  type ToldSync,
  type ToldUptime,
  type TrailReply,
  type TrailRequest,
} from './trail-protocol.ts';

export type TrailsTold = Omit<
  Extract<TrailReply, { kind: 'advanced' }>,
  'kind' | 'visits' | 'flows' | 'next' | 'more'
>;
export type TrailQuery = Omit<Extract<TrailRequest, { kind: 'window' }>, 'kind'>;

export interface TrailHostOptions {
  readonly workerFile: URL;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Something about trails is new. */
  readonly onNews: () => void;
  /** A flow is seen for the first time. */
  readonly onFresh: (flow: FreshFlow) => void;
  /** How packets of a flow are to go; null: nobody knows. */
  readonly foretell: (flow: FreshFlow) => Promise<ForetoldWay | null>;
  readonly onRestart: (sentence: string) => void;
}

/** ms between two pieces of news: as often as an eye follows a line that grows. */
const advanceEveryMs = 100;
/** ms: the first packets and their highlights are waited for, and trails can be. */
const firstAfterMs = 300;
/** ms: a worker that dies so soon after another died of the same. */
const soonMs = 60_000;
/** ms before another worker is given what the second in a row may have died of; doubling. */
const restMs = { first: 1_000, longest: 60_000 } as const;
/** Workers that are given what is to be settled at the end. */
const mostFinishes = 3;
const COUNTED_ANEW = 'What it told is counted anew, from the packets that are still in memory.';
const LEFT_OUT = 'Packets until now are left out of what it tells; they are in the table of packets.';
/** ms that the end of a run waits to be told how its last flows were to go. */
const foretoldWithinMs = 1_000;
/** Connections whose way is asked for again at a time. */
const mostForetoldAgain = 50;
/** ms for a second of a hundred thousand packets; beyond it has hung. */
const deadlineMs = 20_000;

export const noTrails: TrailsTold = {
  ...{
    missed: 0,
    counts: noVerdicts(),
    drops: [],
    ends: [],
    hops: [],
    connections: [],
    translated: [],
    carried: [],
    health: [],
    clocks: [],
    revision: 0,
  },
  clockNews: { steps: [], contradictions: [] },
};

export class TrailHost implements AsyncDisposable {
  readonly #options: TrailHostOptions;
  readonly #worker: SupervisedWorker<TrailRequest, TrailReply>;
  #news = new GatheredNews();
  #baseSecond: number;
  /** Number of the first packet that workers are given. */
  #first = 1;
  #to: readonly string[] | null = null;
  #vxlanPorts: readonly number[] = [];
  #told: TrailsTold = noTrails;
  #visits: Visit[] = [];
  #flows = new Map<number, FreshFlow>();
  /** Packets before this number were read. */
  #next = 1;
  /** The worker has packets that it did not read yet. */
  #hasMore = false;
  #timer: NodeJS.Timeout | undefined;
  #advancing: Promise<void> | null = null;
  readonly #foretelling = new Set<Promise<void>>();
  /** Nothing is told before, ms (performance.now). */
  #notBefore = 0;
  /** Workers that died, each soon after the one before. */
  #deaths = 0;
  /** Within so much of this one's death another's is soon, ms (performance.now). */
  #diedUntil = 0;
  /** Once the run is over: until all of it is settled. */
  #finishing: Promise<void> | null = null;
  #isOver = false;
  /** Runs and workers: what an earlier one answers is nobody's. */
  #epoch = 0;

  constructor(options: TrailHostOptions) {
    this.#options = options;
    this.#baseSecond = Math.floor(options.now() / 1000);
    this.#worker = new SupervisedWorker<TrailRequest, TrailReply>({
      file: options.workerFile,
      name: 'The part that follows packets from place to place',
      deadlineMs,
      seed: () => [{ kind: 'ports', vxlan: this.#vxlanPorts }, this.#beginning],
      again: ({ kind }) => kind === 'window' || kind === 'settled',
      onRestart: ({ sentence }) => {
        this.#restarted(sentence);
      },
    });
  }

  warm(): void {
    this.#worker.warm();
  }

  /** Another run: what was told of the one before is forgotten. @param to as in `TrailRun` */
  begin(to: readonly string[] | null = null): void {
    this.#to = to;
    this.#news = new GatheredNews();
    this.#first = 1;
    this.#baseSecond = Math.floor(this.#options.now() / 1000);
    this.#isOver = false;
    this.#finishing = null;
    [this.#deaths, this.#diedUntil] = [0, 0];
    this.#startOver();
    this.#wait(firstAfterMs);
    void this.#worker.request(this.#beginning);
  }

  /** Those of whose packets trails are told are these as well. */
  alsoTo(addresses: readonly string[]): void {
    if (this.#to === null) return;
    this.#to = [...new Set([...this.#to, ...addresses])];
    void this.#worker.request({ kind: 'to', addresses });
  }

  /** Ports that VXLAN has here, beside the usual ones. */
  knowVxlanPorts(ports: readonly number[]): void {
    this.#vxlanPorts = ports;
    void this.#worker.request({ kind: 'ports', vxlan: ports });
  }

  /** Another one for each run and each worker: what one numbers is another one's something else. */
  get epoch(): number {
    return this.#epoch;
  }

  /** That session times are counted from. */
  get baseSecond(): number {
    return this.#baseSecond;
  }

  get told(): TrailsTold {
    return this.#told;
  }

  /** By number, from 1. */
  get visits(): readonly Visit[] {
    return this.#visits;
  }

  flow(flow: number): FreshFlow | null {
    return this.#flows.get(flow) ?? null;
  }

  /** A buffer whose packets begin before this number may not be written to: they were not read. */
  get unread(): number {
    return this.#next;
  }

  capture(id: number, capture: CorrelatorCapture): void {
    this.#news.capture(id, capture);
    this.#soon();
  }

  /** Packets were decoded. @param begun segments that are new @param kept those in memory, oldest first */
  decoded(begun: readonly SharedArrayBuffer[], kept: readonly SharedArrayBuffer[]): void {
    this.#news.decoded(begun, kept);
    this.#soon();
  }

  /** How packets of the connections seen last are to go may be another way now. @param since ns since the base second */
  foretellAgain(since: number): void {
    for (const { flow, last } of this.#told.connections.slice(0, mostForetoldAgain)) {
      const fresh = this.#flows.get(flow);
      if (fresh === undefined || last < since) continue;
      this.#expect(fresh, this.#epoch);
    }
  }

  tick(tick: CaptureTick): void {
    this.#news.tick(tick);
    this.#soon();
  }

  ended(captureId: number): void {
    this.#news.ended(captureId);
    this.#soon();
  }

  /** How far a node's clock is behind the first one's. */
  clock(told: ToldClock): void {
    this.#news.clock(told);
  }

  uptime(told: ToldUptime): void {
    this.#news.uptime(told);
    this.#soon();
  }

  sync(told: ToldSync): void {
    this.#news.sync(told);
  }

  learn(entries: readonly ConntrackEntry[]): void {
    this.#news.learn(entries);
    this.#soon();
  }

  /** Settles what waits: the run is over. */
  finish(): Promise<void> {
    this.#isOver = true;
    const finishing =
      this.#finishing ??
      this.#settleAll().finally(() => {
        if (this.#finishing === finishing) this.#finishing = null;
      });
    this.#finishing = finishing;
    return finishing;
  }

  /** A worker that dies of it begins anew, and then without what killed it. */
  async #settleAll(): Promise<void> {
    const news = this.#news;
    for (let attempt = 0; attempt < mostFinishes && news === this.#news; attempt++) {
      const epoch = this.#epoch;
      await this.#settle(epoch);
      if (epoch === this.#epoch) return;
    }
  }

  async #settle(epoch: number): Promise<void> {
    const over = new AbortController();
    const late = sleep(foretoldWithinMs, undefined, { signal: over.signal }).catch(() => undefined);
    await this.#catchUp();
    // What came last is not foretold yet.
    await Promise.race([Promise.all(this.#foretelling), late]);
    over.abort();
    await this.#catchUp();
    // Another run may have begun meanwhile: what it has is not over.
    if (epoch === this.#epoch) this.#heard(await this.#worker.request({ kind: 'finish' }), epoch);
  }

  /** Null when the worker has died meanwhile, or the session is closed. */
  async window(query: TrailQuery): Promise<readonly Trail[] | null> {
    const epoch = this.#epoch;
    const result = await this.#worker.request({ kind: 'window', ...query });
    if (epoch !== this.#epoch) return null;
    return result.ok && result.value.kind === 'window' ? result.value.trails : null;
  }

  /** Those that became final after so many others. */
  async settled(after: number): Promise<SettledTrails> {
    const result = await this.#worker.request({ kind: 'settled', after });
    return result.ok && result.value.kind === 'settled' ? result.value : { trails: [], next: after, left: 0 };
  }

  async killWorkerForTest(): Promise<void> {
    await this.#worker.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#epoch += 1;
    await this.#worker[Symbol.asyncDispose]();
  }

  get #beginning(): TrailRequest {
    return { kind: 'begin', baseSecond: this.#baseSecond, first: this.#first, to: this.#to };
  }

  #restarted(sentence: string): void {
    const now = performance.now();
    this.#deaths = now < this.#diedUntil ? this.#deaths + 1 : 1;
    const isRepeated = this.#deaths > 1;
    // What has killed two is left out; nobody knows which packet it is.
    if (isRepeated) this.#first = Math.max(this.#first, this.#news.nextPacket);
    const rest = isRepeated ? Math.min(restMs.first * 2 ** (this.#deaths - 2), restMs.longest) : 0;
    this.#diedUntil = now + rest + soonMs;
    this.#startOver();
    this.#wait(rest);
    this.#options.onRestart(`${sentence} ${isRepeated ? LEFT_OUT : COUNTED_ANEW}`);
    if (!this.#isOver) this.#soon();
    else if (this.#deaths < mostFinishes) void this.finish();
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#notBefore = performance.now() + ms;
  }

  /** A worker that knows nothing: it is given what is still there. */
  #startOver(): void {
    this.#epoch += 1;
    this.#told = { ...noTrails, revision: this.#told.revision + 1 };
    this.#visits = [];
    this.#flows = new Map();
    this.#next = this.#first;
    this.#hasMore = false;
    this.#news.startOver();
  }

  #soon(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#advancing === null) void this.#advance();
        else this.#soon();
      },
      Math.max(advanceEveryMs, this.#notBefore - performance.now()),
    );
  }

  /** All news are with the worker. */
  async #catchUp(): Promise<void> {
    await this.#advancing;
    const epoch = this.#epoch;
    do await this.#advance();
    while (this.#hasMore && epoch === this.#epoch);
  }

  /** One at a time: what comes meanwhile waits for the next. */
  #advance(): Promise<void> {
    this.#advancing ??= this.#tellNews().finally(() => {
      this.#advancing = null;
    });
    return this.#advancing;
  }

  async #tellNews(): Promise<void> {
    const epoch = this.#epoch;
    this.#heard(await this.#worker.request({ kind: 'advance', ...this.#news.take() }), epoch);
  }

  #heard(result: Result<TrailReply, WorkerFailure>, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#hasMore = false;
    if (!result.ok || result.value.kind !== 'advanced') return;
    const { next, more, visits, flows, ...told } = result.value;
    this.#next = next;
    this.#hasMore = more;
    if (more) this.#soon();
    this.#visits.push(...visits);
    for (const flow of flows) {
      this.#flows.set(flow.flow, flow);
      if (this.#flows.size > mostFlows) this.#flows.delete(this.#flows.keys().next().value ?? 0);
      this.#options.onFresh(flow);
      this.#expect(flow, epoch);
    }
    const isNews = told.revision !== this.#told.revision;
    this.#told = told;
    if (isNews) this.#options.onNews();
  }

  #expect(flow: FreshFlow, epoch: number): void {
    const foretelling = this.#foretell(flow, epoch).finally(() => this.#foretelling.delete(foretelling));
    this.#foretelling.add(foretelling);
  }

  async #foretell(fresh: FreshFlow, epoch: number): Promise<void> {
    const way = await this.#options.foretell(fresh);
    if (way === null || epoch !== this.#epoch) return;
    this.#news.way(fresh.flow, way);
    this.#soon();
  }
}
