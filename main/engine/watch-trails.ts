// The trails of a watch: tells the trail worker which captures there are, how far each has come and how flows are to go, in numbers that it
// and nobody else uses; and says of its numbers which nodes, namespaces and interfaces they are.
import type { Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { TrailsView, TrailView, TrailWindow } from '../../app/contract/trails.ts';
import type { ClockSync } from '../../app/probe/clock-sync.ts';
import { contradictionSentence, stepSentence } from '../../app/watch/clocks/clock-words.ts';
import { Masquerades } from '../../app/watch/masquerades.ts';
import type { CaptureRecord } from './capture-record.ts';
import { clockTime } from './clock-time.ts';
import { FlowWays } from './flow-ways.ts';
import { SaidClocks } from './said-clocks.ts';
import { TrackedFlows, type TrackedFlowsOptions } from './tracked-flows.ts';
import type { FreshFlow } from './trail-protocol.ts';
import { TrailHost, type TrailsTold } from './trail-host.ts';
import { Translations } from './translations.ts';
import { trailsView, trailView, type TrailNames } from './trails-view.ts';

export interface WatchTrailsOptions {
  readonly workerFile: URL;
  readonly topology: () => Topology;
  readonly now: () => number;
  readonly trace: (request: TraceRequest) => Promise<TraceAnswer | null>;
  /** What a node's conntrack lists. */
  readonly tracked: TrackedFlowsOptions['ask'];
  readonly onNews: () => void;
  /** A true statement about the run. */
  readonly say: (sentence: string) => void;
}

/** ms between two times that ways are asked for again: of packets that are not judged yet (SETTLED_NS), and of what nobody tells of. */
const foretellAgainMs = { changed: 1_000, anyhow: 10_000 } as const;
/** ms: connections that said nothing for so long are idle; nodes' clocks may differ. */
const recentMs = 30_000;

interface Followed {
  readonly watermark: unknown;
  readonly over: boolean;
}

export class WatchTrails implements AsyncDisposable {
  readonly #options: WatchTrailsOptions;
  readonly #host: TrailHost;
  #ways: FlowWays;
  readonly #tracked: TrackedFlows;
  /** That captures let through. */
  #watched = new Set<string>();
  #places: string[] = [];
  #nodes: string[] = [];
  readonly #nodeOfPlace = new Map<number, string>();
  #view: { readonly told: TrailsTold; readonly topology: Topology; readonly view: TrailsView } | null = null;
  #followed = new Map<number, Followed>();
  #clocks = new SaidClocks();
  #moved = false;
  /** ms: when ways were asked for again. */
  #foretoldAt = 0;
  #translations = new Translations();
  #masquerades = new Masquerades();

  constructor(options: WatchTrailsOptions) {
    this.#options = options;
    this.#ways = this.#freshWays();
    this.#host = new TrailHost({
      ...options,
      onRestart: options.say,
      onFresh: (flow) => {
        this.#askConntrack(flow);
      },
      foretell: (flow) => this.#ways.of(flow),
    });
    this.#tracked = new TrackedFlows({
      ask: options.tracked,
      learn: (entries) => {
        this.#host.learn(entries);
      },
      onRefused: (label, sentence) => {
        options.say(
          `${sentence} Where ${label} translates addresses, packets before and behind it may be told as two.`,
        );
      },
    });
  }

  warm(): void {
    this.#host.warm();
  }

  /** Another run. @param to those of whose packets trails are told; null: all */
  begin(to: readonly string[] | null = null): void {
    this.#places = [];
    this.#nodes = [];
    this.#nodeOfPlace.clear();
    this.#followed = new Map();
    this.#clocks = new SaidClocks();
    this.#ways = this.#freshWays();
    this.#watched = new Set();
    this.#tracked.begin();
    this.#host.begin(to);
  }

  /** Those of whose packets trails are told are these as well. */
  alsoTo(addresses: readonly string[]): void {
    this.#host.alsoTo(addresses);
  }

  /** Ports that VXLAN has here, beside the usual ones. */
  knowVxlanPorts(ports: readonly number[]): void {
    this.#host.knowVxlanPorts(ports);
  }

  get unread(): number {
    return this.#host.unread;
  }

  decoded(begun: readonly SharedArrayBuffer[], kept: readonly SharedArrayBuffer[]): void {
    this.#host.decoded(begun, kept);
  }

  /** How far each capture has come. @param expression the operator's own filter: nobody knows what it lets through */
  follow(records: readonly CaptureRecord[], expression: string | null): void {
    this.#foretellAgain();
    for (const record of records) if (record.plan.netnsId !== '') this.#follow(record, expression);
  }

  /** What a node's own clock synchronisation says. */
  sync(label: string, { at, bound }: ClockSync): void {
    // One that nobody has captured packets at is compared with none.
    if (bound !== null && this.#nodes.includes(label))
      this.#host.sync({ node: numberIn(this.#nodes, label), at, bound });
  }

  /** All addresses by which one is seen on the way; those of the watched Pod are its own. */
  alsoCalled(address: string, own: readonly string[]): readonly string[] {
    return this.#translations.of(address, own);
  }

  /** As whom packets of these addresses are seen in a namespace, where something masquerades them. */
  outside(own: readonly string[], netnsId: string): ReturnType<Masquerades['of']> {
    return this.#masquerades.of(own, netnsId);
  }

  /** What is to be said of the nodes' clocks. */
  get clockSentences(): readonly string[] {
    const { steps, contradictions } = this.#host.told.clockNews;
    const nameOf = (node: number): string => this.#nodes[node - 1] ?? '';
    return [
      ...steps.map((step) => {
        const at = (this.#host.baseSecond + step.from / 1e9) * 1000;
        return `${Number.isFinite(at) ? `${clockTime(at)}: ` : ''}${stepSentence(step, nameOf)}`;
      }),
      ...contradictions.map(({ node, by }) => contradictionSentence(by, nameOf(1), nameOf(node))),
    ];
  }

  /** The topology changed: packets may go another way, and a namespace or an interface be another one. */
  moved(): void {
    this.#moved = true;
  }

  finish(): Promise<void> {
    this.#tracked.end();
    return this.#host.finish();
  }

  /** The same object as long as it says the same. */
  view(run: number): TrailsView {
    const { told } = this.#host;
    const topology = this.#options.topology();
    const known = this.#view;
    if (known?.told === told && known.topology === topology && known.view.run === run) return known.view;
    const view = trailsView(this.#names, run);
    this.#view = { told, topology, view };
    return view;
  }

  async trails({ ids, flows, verdicts, count, until }: TrailWindow): Promise<readonly TrailView[] | null> {
    const trails = await this.#host.window({
      ...{ ids, connections: flows, verdicts, count },
      until: until === null ? null : (until - this.#host.baseSecond * 1000) * 1e6,
    });
    if (trails === null) return null;
    const names = this.#names;
    return trails.flatMap((trail) => trailView(names, trail) ?? []);
  }

  /** Those that became final after so many others; `next` is to be asked after next, `left` had left before. */
  async settled(after: number): Promise<{ trails: readonly TrailView[]; next: number; left: number }> {
    const { trails, next, left } = await this.#host.settled(after);
    const names = this.#names;
    return { trails: trails.flatMap((trail) => trailView(names, trail) ?? []), next, left };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#tracked[Symbol.asyncDispose](), this.#host[Symbol.asyncDispose]()]);
  }

  get #names(): TrailNames {
    const { told, visits, baseSecond, epoch: counting } = this.#host;
    return {
      ...{ counting, told, visits, topology: this.#options.topology() },
      netnsOf: ({ place }) => this.#places[place - 1] ?? '',
      nodeOf: ({ place }) => this.#nodeOfPlace.get(place) ?? '',
      nodeName: (node) => this.#nodes[node - 1] ?? '',
      flow: (flow) => this.#host.flow(flow)?.tuple ?? null,
      now: { s: Math.floor(this.#options.now() / 1000), ns: 0 },
      timeOf: (at) => ({ s: baseSecond + Math.floor(at / 1e9), ns: at % 1e9 }),
    };
  }

  /** Filters and neighbours change without the topology. */
  #foretellAgain(): void {
    const now = this.#options.now();
    const age = now - this.#foretoldAt;
    if (age < foretellAgainMs.changed || (!this.#moved && age < foretellAgainMs.anyhow)) return;
    this.#foretoldAt = now;
    this.#moved = false;
    this.#ways.forget();
    this.#host.foretellAgain((now - recentMs - this.#host.baseSecond * 1000) * 1e6);
  }

  #follow(record: CaptureRecord, expression: string | null): void {
    const { id, plan, view, over } = record;
    const known = this.#followed.get(id);
    if (known?.over === true) return;
    const node = numberIn(this.#nodes, plan.nodeLabel);
    if (known === undefined) {
      const place = numberIn(this.#places, plan.netnsId);
      this.#nodeOfPlace.set(place, plan.nodeLabel);
      for (const address of plan.addresses) this.#watched.add(address);
      this.#host.capture(id, {
        place,
        node,
        ifindex: plan.device?.ifindex ?? null,
        addresses: expression === null ? new Set(plan.addresses) : null,
        peers: plan.peers === null ? null : new Set(plan.peers),
        outside: plan.outside,
        // The filter looks into tunnels in the nodes' own namespaces (app/watch/capture-filter.ts).
        seesCarried: plan.pod === null,
        receives: new Set(this.#options.topology().pods[plan.pod?.id ?? '']?.ips),
      });
    }
    const { behind, uptime } = this.#clocks.look(record);
    for (const [label, bounds] of behind) this.#host.clock({ node: numberIn(this.#nodes, label), bounds });
    if (uptime !== null) this.#host.uptime({ node, ...uptime });
    const { watermark } = view;
    if (watermark !== null && watermark !== known?.watermark)
      this.#host.tick({ captureId: id, watermark, dropped: record.droppedUntil });
    if (over) this.#host.ended(id);
    this.#followed.set(id, { watermark, over });
  }

  /** Of the nodes that saw a new flow: one of them may translate its addresses. */
  #askConntrack({ tuple, places }: FreshFlow): void {
    const labels = new Set(places.flatMap((place) => this.#nodeOfPlace.get(place) ?? []));
    for (const label of labels) this.#tracked.seen(label, tuple, this.#watched);
  }

  #freshWays(): FlowWays {
    const { trace, topology, now } = this.#options;
    const translations = new Translations();
    const masquerades = new Masquerades();
    [this.#translations, this.#masquerades] = [translations, masquerades];
    return new FlowWays({
      trace,
      topology,
      now,
      onPaths: (paths) => {
        translations.learn(paths);
        masquerades.learn(paths, this.#watched);
      },
      placeOf: (netnsId) => numberIn(this.#places, netnsId),
    });
  }
}

/** From 1; a new one is added. */
function numberIn(names: string[], name: string): number {
  const at = names.indexOf(name);
  return at < 0 ? names.push(name) : at + 1;
}
