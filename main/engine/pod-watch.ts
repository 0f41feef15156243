// Watching one Pod after the other: starts and ends runs, and tells who listens, at a bounded pace.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowResponse, StreamEnd } from '../../app/contract/followed-stream.ts';
import type { PacketDetail } from '../../app/contract/packet-detail.ts';
import {
  noWatch,
  type PacketRow,
  type PacketRows,
  type PacketWindow,
  type WatchView,
} from '../../app/contract/watch.ts';
import type { TrailsView, TrailWindow } from '../../app/contract/trails.ts';
import type { PacketStretch } from '../../app/packet/file/pcapng-writer.ts';
import { knowVxlanPorts } from '../../app/packet/tunnel-ports.ts';
import type { PacketSummary } from '../../app/packet/summary/summarize.ts';
import { fail, ok, type Result } from '../../app/result.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { Sightings, SightingsRequest } from '../../app/trace/sightings-model.ts';
import { ownerOfAddressAt } from '../../app/topology/lookups.ts';
import type { Topology } from '../../app/topology/model.ts';
import { vxlanPortsOf } from '../../app/topology/vxlan-ports.ts';
import type { PointOf } from '../casefile/case-interfaces.ts';
import { ClockSyncWatch } from './clock-sync-watch.ts';
import { FlowSightings } from './flow-sightings.ts';
import type { CapturingNode } from './kept-capture.ts';
import { PacketHost } from './packet-host.ts';
import type { Refusal } from './refusal.ts';
import type { TrackedFlowsOptions } from './tracked-flows.ts';
import type { InterfaceCounts, Watch } from './watch.ts';
import { windowLimits } from './watch-limits.ts';
import { WatchRun } from './watch-run.ts';
import { WatchTrails } from './watch-trails.ts';

/** ms between two views while packets come: the page draws no more often, and at 50,000 packets a second it costs. */
const viewEveryMs = 50;
/** ms that a start waits for the captures before it to have ended: on a node that answers they are gone by then. */
const endsWithinMs = 1_000;
/** ms that a stop waits for a node that does not answer. */
const silentMs = 5_000;

const noRows = { first: 0, end: 0, from: 0, rows: [], filterError: null, scanned: 0, toScan: 0 } as const;
const nothingCounted: ReadonlyMap<string, InterfaceCounts> = new Map();

export interface PodWatchOptions {
  readonly workerFile: URL;
  readonly trailWorkerFile: URL;
  readonly topology: () => Topology;
  /** In the cluster file's order; none while no session is open. */
  readonly nodes: () => readonly CapturingNode[];
  readonly now: () => number;
  /** How a packet is to go; null: nobody can say. */
  readonly trace: (request: TraceRequest) => Promise<TraceAnswer | null>;
  /** ms until nodes are asked how right their clocks are; left out: as ClockSyncWatch has it. */
  readonly asksClocksAfterMs?: number;
  /** What a node's conntrack lists. */
  readonly tracked: TrackedFlowsOptions['ask'];
  /** That VXLAN has in this cluster, beside the usual ones and those of the nodes' devices; left out: none. */
  readonly vxlanPorts?: () => readonly number[];
  /** Why nothing can be watched in this session; null when it can. */
  readonly refusal?: () => string | null;
}

export class PodWatch implements Watch, AsyncDisposable {
  readonly #options: PodWatchOptions;
  readonly #listeners = new Set<() => void>();
  readonly #host: PacketHost;
  readonly #sightings: FlowSightings;
  readonly #trails: WatchTrails;
  readonly #ending = new Set<Promise<void>>();
  #run: WatchRun | null = null;
  /** The run whose end was seen. */
  #settled: WatchRun | null = null;
  #syncs: ClockSyncWatch | null = null;
  #runs = 0;
  /** Starts and stops as they are asked for: one that looks for its other end first has begun and ended nothing yet. */
  #wishes = 0;
  /** Starts and stops that were carried out; the last one counts. */
  #turn = 0;
  #view: WatchView = noWatch;
  #counts = nothingCounted;
  #toldView = noWatch;
  #toldCounts = nothingCounted;
  #toldTrails: TrailsView | null = null;
  #toldAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #told: NodeJS.Immediate | undefined;
  #closed = false;
  /** That VXLAN has beside the usual ones, and what they are known of. */
  #vxlanPorts: readonly number[] = [];
  #portsOf: { readonly interfaces: Topology['interfaces'] | null; readonly said: readonly number[] | null } =
    {
      ...{ interfaces: null, said: null },
    };

  constructor(options: PodWatchOptions) {
    this.#options = options;
    this.#trails = new WatchTrails({
      ...options,
      workerFile: options.trailWorkerFile,
      onNews: () => this.#changed(false),
      say: (sentence) => this.#run?.say(sentence),
    });
    this.#host = new PacketHost({
      workerFile: options.workerFile,
      unread: () => this.#trails.unread,
      onTaken: (taken) => {
        this.#trails.decoded(taken.begun, this.#host.buffers);
        this.#run?.taken(taken);
      },
      onRestart: (sentence) => this.#run?.decoderRestarted(sentence),
    });
    this.#sightings = new FlowSightings(this.#host, options.now);
  }

  get view(): WatchView {
    return this.#view;
  }

  get counts(): ReadonlyMap<string, InterfaceCounts> {
    return this.#counts;
  }

  get trailsView(): TrailsView {
    return this.#trails.view(this.#run?.number ?? 0);
  }

  trails(window: TrailWindow): ReturnType<Watch['trails']> {
    return this.#trails.trails(window);
  }

  settledTrails(after: number): ReturnType<Watch['settledTrails']> {
    return this.#trails.settled(after);
  }

  /** The packets that are kept, oldest first; they may grow. */
  get stretches(): readonly PacketStretch[] {
    return this.#host.stretches;
  }

  /** By capture id, what its tcpdump was given. */
  get settings(): WatchRun['settings'] {
    return this.#run?.settings ?? new Map();
  }

  /** The ifindex of each vantage point, by its id. */
  get ifindexes(): ReadonlyMap<number, number> {
    return this.#run?.ifindexes ?? new Map();
  }

  /** Of this run, also when another has begun. */
  get pointOf(): PointOf {
    const run = this.#run;
    return (captureId, ifindex, at) => run?.vantagePointOf(captureId, ifindex, at) ?? 0;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Loads the worker before the first click. */
  warm(): void {
    this.#host.warm();
    this.#trails.warm();
  }

  /** The topology or a node's connection changed. */
  moved(): void {
    this.#knowPorts();
    this.#trails.moved();
    this.#run?.moved();
  }

  async start(
    podId: string,
    {
      expression,
      peers = [],
      only: alone = null,
      limits = windowLimits,
      caps,
    }: Parameters<Watch['start']>[1],
  ): Promise<Result<void, Refusal>> {
    const wish = ++this.#wishes;
    const found = typeof alone === 'function' ? await alone() : ok(alone);
    // While it was looked for, another start or a stop was asked for.
    if (wish !== this.#wishes) return ok(undefined);
    if (!found.ok) return fail({ sentence: found.failure });
    const only = found.value;
    const nodes = this.#options.nodes();
    const pod = this.#options.topology().pods[podId];
    const refusal = this.#options.refusal?.() ?? null;
    if (refusal !== null) return fail({ sentence: refusal });
    if (this.#closed || nodes.length === 0)
      return fail({ sentence: 'There is no session; open a cluster file first.' });
    if (pod === undefined || pod.until !== null)
      return fail({ sentence: 'This Pod is gone; select the present one and watch that.' });
    if (pod.ips.length === 0)
      return fail({ sentence: `${pod.name} has no address yet; watch it as soon as it has one.` });
    const turn = ++this.#turn;
    this.#end();
    this.#knowPorts();
    const { topology, now } = this.#options;
    const run: WatchRun = new WatchRun({
      number: ++this.#runs,
      pod,
      expression,
      only,
      askOnly: typeof alone === 'function' ? alone : null,
      onOnly: ({ addresses }) => {
        if (this.#run === run) this.#trails.alsoTo(addresses);
      },
      peers: [...peers, ...(only?.podIds ?? [])],
      limits,
      ...(caps === undefined ? {} : { caps }),
      alsoCalled: (address, own) => this.#trails.alsoCalled(address, own),
      outside: (own, netnsId) => this.#trails.outside(own, netnsId),
      host: this.#host,
      topology,
      nodes,
      now,
      onChange: (urgent) => {
        if (this.#run === run) this.#changed(urgent);
      },
    });
    this.#run = run;
    this.#trails.begin(only?.addresses ?? null);
    this.#syncs = new ClockSyncWatch(
      () => nodes.filter(({ label }) => run.isCaptured(label)),
      (label, sync) => {
        if (this.#run === run) this.#trails.sync(label, sync);
      },
      this.#options.asksClocksAfterMs,
    );
    this.#refresh();
    this.#changed(true);
    // Quick clicks from Pod to Pod start nothing: only the last one's captures are begun, when the others' are gone.
    if (this.#ending.size > 0) await this.#nothingRuns(endsWithinMs);
    if (turn === this.#turn) run.begin();
    return ok(undefined);
  }

  async stop(): Promise<void> {
    this.#wishes += 1;
    const turn = ++this.#turn;
    this.#end();
    this.#refresh();
    await this.#settle(turn);
  }

  /** Once nothing of the run runs: what waits for its fate is settled. */
  async #settle(turn: number): Promise<void> {
    await this.#nothingRuns();
    if (this.#run === null || turn !== this.#turn) return;
    this.#follow();
    await this.#trails.finish();
  }

  /** Ends the watch with the session that it is of: nothing of it is kept. */
  async reset(): Promise<void> {
    // While the nodes were waited for, a click may have begun another.
    do await this.stop();
    while (this.#run?.view.state === 'on');
    // The next session's case file must not hold this one's packets.
    if (this.#run !== null) this.#host.begin([]);
    this.#run = null;
    this.#trails.begin();
    this.#refresh();
    this.#changed(true);
  }

  async rows(window: PacketWindow): Promise<PacketRows> {
    const run = this.#run;
    const answer = run === null ? null : await this.#host.rows(window);
    if (run === null || answer === null) return { ...noRows, run: run?.number ?? 0, window };
    const { first, end, from, filterError, scanned, toScan } = answer;
    const rows = answer.rows.map((row) => this.#rowOf(run, row));
    return { run: run.number, window, first, end, from, rows, filterError, scanned, toScan };
  }

  async detail(run: number, number: number): Promise<PacketDetail | null> {
    if (run !== this.#run?.number) return null;
    const detail = await this.#host.detail(number);
    // Meanwhile another run may have begun, whose packets have the same numbers.
    if (detail === null || run !== this.#runs) return null;
    return { run, number, ...detail };
  }

  async follow(run: number, number: number): Promise<FollowResponse> {
    const left = 'This packet is not kept any more; follow a later one.';
    const current = this.#run;
    if (current === null || run !== current.number) return { ok: false, sentence: left };
    const reply = await this.#host.follow(number);
    // Meanwhile another run may have begun, whose packets have the same numbers.
    if (run !== this.#runs || reply?.kept === false) return { ok: false, sentence: left };
    if (reply === null)
      return {
        ok: false,
        sentence: 'The part that decodes packets could not follow this stream; try another packet of it.',
      };
    if (reply.stream === null)
      return { ok: false, sentence: 'This packet is no whole TCP segment; follow one that is.' };
    const { captureId, ifindex, ends, ...stream } = reply.stream;
    const at = stream.pieces[0]?.at ?? { s: Math.floor(this.#options.now() / 1000), ns: 0 };
    const named = (one: (typeof ends)[0]): StreamEnd => ({
      ...one,
      name: ownerOfAddressAt(this.#options.topology(), one.address, at)?.name ?? null,
    });
    const vantagePoint = current.vantagePointOf(captureId, ifindex, at);
    return { ok: true, run, vantagePoint, ends: [named(ends[0]), named(ends[1])], ...stream };
  }

  sightings(request: SightingsRequest): Promise<Sightings> {
    return this.#sightings.of(this.#run, request);
  }

  async killWorkerForTest(): Promise<void> {
    await this.#host.killWorkerForTest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.stop();
    clearTimeout(this.#timer);
    clearImmediate(this.#told);
    this.#listeners.clear();
    await Promise.all([this.#host[Symbol.asyncDispose](), this.#trails[Symbol.asyncDispose]()]);
  }

  #end(): void {
    this.#syncs?.[Symbol.dispose]();
    const run = this.#run;
    if (run === null) return;
    run.end(null);
    const ending = run.ended().then(() => {
      this.#ending.delete(ending);
    });
    this.#ending.add(ending);
  }

  /** By which ports packets in VXLAN are known: as the cluster file has them, and as the nodes' own devices do. */
  #knowPorts(): void {
    const { topology, vxlanPorts } = this.#options;
    const { interfaces } = topology();
    const said = vxlanPorts?.() ?? [];
    if (interfaces === this.#portsOf.interfaces && said === this.#portsOf.said) return;
    this.#portsOf = { interfaces, said };
    const ports = vxlanPortsOf(interfaces, said);
    if (ports.join() === this.#vxlanPorts.join()) return;
    this.#vxlanPorts = ports;
    knowVxlanPorts(ports);
    this.#host.knowVxlanPorts(ports);
    this.#trails.knowVxlanPorts(ports);
  }

  /** Or a node that does not answer is left to its guard, which ends without us. */
  async #nothingRuns(withinMs = silentMs): Promise<void> {
    const over = new AbortController();
    const late = sleep(withinMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#ending), late]);
    over.abort();
  }

  #rowOf(run: WatchRun, row: PacketSummary): PacketRow {
    const { captureId, ifindex, source, destination, ...rest } = row;
    const topology = this.#options.topology();
    const named = <T extends { readonly address: string }>(end: T): T & { name: string | null } => ({
      ...end,
      name: ownerOfAddressAt(topology, end.address, row.at)?.name ?? null,
    });
    return {
      ...rest,
      vantagePoint: run.vantagePointOf(captureId, ifindex, row.at),
      source: named(source),
      destination: named(destination),
    };
  }

  #changed(urgent: boolean): void {
    const wait = urgent ? 0 : this.#toldAt + viewEveryMs - performance.now();
    if (wait <= 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#told ??= setImmediate(() => this.#tell());
    } else this.#timer ??= setTimeout(() => this.#tell(), wait);
  }

  /** Whoever asks between two tellings sees the run that is. */
  #refresh(): void {
    const own = this.#run?.view ?? noWatch;
    if (own.state === 'ended') this.#endedByItself();
    const { clockSentences } = this.#trails;
    const view =
      clockSentences.length === 0 ? own : { ...own, sentences: [...own.sentences, ...clockSentences] };
    if (!sameView(view, this.#view)) this.#view = view;
    this.#counts = this.#run?.counts ?? nothingCounted;
  }

  /** At a limit, or with its Pod. */
  #endedByItself(): void {
    if (this.#settled === this.#run) return;
    this.#settled = this.#run;
    this.#end();
    void this.#settle(this.#turn);
  }

  #follow(): void {
    if (this.#run !== null) this.#trails.follow(this.#run.records, this.#run.view.expression);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = undefined;
    this.#toldAt = performance.now();
    this.#refresh();
    this.#follow();
    const trails = this.trailsView;
    if (this.#view === this.#toldView && this.#counts === this.#toldCounts && trails === this.#toldTrails)
      return;
    this.#toldTrails = trails;
    this.#toldView = this.#view;
    this.#toldCounts = this.#counts;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Captures and vantage points are the same objects as long as they say the same. */
function sameView(a: WatchView, b: WatchView): boolean {
  const same = (x: readonly unknown[], y: readonly unknown[]): boolean =>
    x.length === y.length && x.every((one, index) => one === y[index]);
  return (
    a.run === b.run &&
    a.state === b.state &&
    a.packets.total === b.packets.total &&
    a.packets.kept === b.packets.kept &&
    a.target?.podId === b.target?.podId &&
    same(a.target?.addresses ?? [], b.target?.addresses ?? []) &&
    same(a.sentences, b.sentences) &&
    same(a.captures, b.captures) &&
    same(a.vantagePoints, b.vantagePoints)
  );
}
