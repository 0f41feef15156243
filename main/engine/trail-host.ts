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
import {
  mostFlows,
  type CaptureTick,
  type FreshFlow,
  type ToldSync,
  type ToldUptime,
  type TrailNews,
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
/** ms: a worker that dies so soon after another died of the same. */
const soonMs = 60_000;
/** ms that the end of a run waits to be told how its last flows were to go. */
const foretoldWithinMs = 1_000;
/** Connections whose way is asked for again at a time. */
const mostForetoldAgain = 50;
/** ms for a second of a hundred thousand packets; beyond it has hung. */
const deadlineMs = 20_000;

type News = { -readonly [K in keyof TrailNews]: TrailNews[K][number][] };

const noNews = (): News => ({
  ...{
    begun: [],
    captures: [],
    ticks: [],
    ended: [],
    clocks: [],
    uptimes: [],
    syncs: [],
    ways: [],
    entries: [],
  },
});

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
  #news = noNews();
  /** Of this run: a fresh worker is told of them again. */
  #captures = new Map<number, CorrelatorCapture>();
  #clocks = new Map<number, ToldClock>();
  #segments: SharedArrayBuffer[] = [];
  #baseSecond: number;
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
  /** ms since the epoch: when a worker died last. */
  #diedAt = -Infinity;
  /** Runs and workers: what an earlier one answers is nobody's. */
  #epoch = 0;

  constructor(options: TrailHostOptions) {
    this.#options = options;
    this.#baseSecond = Math.floor(options.now() / 1000);
    this.#worker = new SupervisedWorker<TrailRequest, TrailReply>({
      file: options.workerFile,
      name: 'The part that follows packets from place to place',
      deadlineMs,
      seed: () => [{ kind: 'begin', baseSecond: this.#baseSecond }],
      again: ({ kind }) => kind === 'window' || kind === 'settled',
      onRestart: ({ sentence }) => {
        // What has killed two is left out.
        const now = options.now();
        if (now - this.#diedAt < soonMs) this.#segments = this.#segments.slice(-1);
        this.#diedAt = now;
        this.#startOver();
        options.onRestart(sentence);
      },
    });
  }

  warm(): void {
    this.#worker.warm();
  }

  /** Another run: what was told of the one before is forgotten. */
  begin(): void {
    this.#captures = new Map();
    this.#clocks = new Map();
    this.#segments = [];
    this.#baseSecond = Math.floor(this.#options.now() / 1000);
    this.#startOver();
    void this.#worker.request({ kind: 'begin', baseSecond: this.#baseSecond });
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
    this.#captures.set(id, capture);
    this.#news.captures.push({ id, ...capture });
    this.#soon();
  }

  /** Packets were decoded. @param begun segments that are new @param kept those in memory, oldest first */
  decoded(begun: readonly SharedArrayBuffer[], kept: readonly SharedArrayBuffer[]): void {
    this.#news.begun.push(...begun);
    this.#segments = [...kept];
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
    this.#news.ticks.push(tick);
    this.#soon();
  }

  ended(captureId: number): void {
    this.#captures.delete(captureId);
    this.#news.ended.push(captureId);
    this.#soon();
  }

  /** How far a node's clock is behind the first one's. */
  clock(told: ToldClock): void {
    this.#clocks.set(told.node, told);
    this.#news.clocks.push(told);
  }

  uptime(told: ToldUptime): void {
    this.#news.uptimes.push(told);
    this.#soon();
  }

  sync(told: ToldSync): void {
    this.#news.syncs.push(told);
  }

  learn(entries: readonly ConntrackEntry[]): void {
    this.#news.entries.push(...entries);
    this.#soon();
  }

  /** Settles what waits: the run is over. */
  async finish(): Promise<void> {
    const epoch = this.#epoch;
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

  /** Empty when the session is closed. */
  async window(query: TrailQuery): Promise<readonly Trail[]> {
    const result = await this.#worker.request({ kind: 'window', ...query });
    return result.ok && result.value.kind === 'window' ? result.value.trails : [];
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

  /** A worker that knows nothing: it is given what is still there. */
  #startOver(): void {
    this.#epoch += 1;
    this.#told = { ...noTrails, revision: this.#told.revision + 1 };
    this.#visits = [];
    this.#flows = new Map();
    this.#next = 1;
    this.#hasMore = false;
    this.#news = {
      ...noNews(),
      begun: [...this.#segments],
      captures: [...this.#captures].map(([id, capture]) => ({ id, ...capture })),
      clocks: [...this.#clocks.values()],
    };
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#advancing === null) void this.#advance();
      else this.#soon();
    }, advanceEveryMs);
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
    const news = this.#news;
    this.#news = noNews();
    this.#heard(await this.#worker.request({ kind: 'advance', ...news }), epoch);
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
    this.#news.ways.push({ flow: fresh.flow, way });
    this.#soon();
  }
}
