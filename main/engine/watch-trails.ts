// The trails of a watch: tells the trail worker which captures there are, how far each has come and how flows are to go, in numbers that it
// and nobody else uses; and says of its numbers which nodes, namespaces and interfaces they are.
import type { Topology } from '../../app/topology/model.ts';
import type { TraceAnswer, TraceRequest } from '../../app/trace/model.ts';
import type { Trail, Visit } from '../../app/watch/model.ts';
import type { FlowTuple } from '../../app/watch/flow-table.ts';
import type { CaptureRecord } from './capture-record.ts';
import { FlowWays } from './flow-ways.ts';
import { TrailHost, type TrailQuery, type TrailsTold } from './trail-host.ts';

export interface WatchTrailsOptions {
  readonly workerFile: URL;
  readonly topology: () => Topology;
  readonly now: () => number;
  readonly trace: (request: TraceRequest) => Promise<TraceAnswer | null>;
  readonly onNews: () => void;
  readonly onRestart: (sentence: string) => void;
}

/** ms: by when its sayings come, up to two seconds late, a node's clock is known roughly, and no better need it be to find its packets again. */
const clockMovedMs = 2_500;

interface Followed {
  readonly watermark: unknown;
  readonly dropped: number;
  readonly over: boolean;
}

export class WatchTrails implements AsyncDisposable {
  readonly #options: WatchTrailsOptions;
  readonly #host: TrailHost;
  #ways: FlowWays;
  #places: string[] = [];
  #nodes: string[] = [];
  #followed = new Map<number, Followed>();
  #offsets = new Map<string, number>();

  constructor(options: WatchTrailsOptions) {
    this.#options = options;
    this.#ways = this.#freshWays();
    this.#host = new TrailHost({
      ...options,
      foretell: (flow) => this.#ways.of(flow),
    });
  }

  warm(): void {
    this.#host.warm();
  }

  /** Another run. */
  begin(): void {
    this.#places = [];
    this.#nodes = [];
    this.#followed = new Map();
    this.#offsets = new Map();
    this.#ways = this.#freshWays();
    this.#host.begin();
  }

  get unread(): number {
    return this.#host.unread;
  }

  decoded(begun: readonly SharedArrayBuffer[], kept: readonly SharedArrayBuffer[]): void {
    this.#host.decoded(begun, kept);
  }

  /** How far each capture has come. @param expression the operator's own filter: nobody knows what it lets through */
  follow(records: readonly CaptureRecord[], expression: string | null): void {
    for (const record of records) if (record.plan.netnsId !== '') this.#follow(record, expression);
  }

  finish(): Promise<void> {
    return this.#host.finish();
  }

  get told(): TrailsTold {
    return this.#host.told;
  }

  window(query: TrailQuery): Promise<readonly Trail[]> {
    return this.#host.window(query);
  }

  visit(number: number): Visit | null {
    return this.#host.visits[number - 1] ?? null;
  }

  /** Id of the namespace; '' for what is none of this run's. */
  netnsOf({ place }: Pick<Visit, 'place'>): string {
    return this.#places[place - 1] ?? '';
  }

  flow(flow: number): FlowTuple | null {
    return this.#host.flow(flow)?.tuple ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
  }

  #follow(record: CaptureRecord, expression: string | null): void {
    const { id, plan, view, over, behind } = record;
    const known = this.#followed.get(id);
    if (known?.over === true) return;
    const node = numberIn(this.#nodes, plan.nodeLabel);
    if (known === undefined)
      this.#host.capture(id, {
        place: numberIn(this.#places, plan.netnsId),
        node,
        ifindex: plan.device?.ifindex ?? null,
        addresses: expression === null ? new Set(plan.addresses) : null,
        seesCarried: true,
        receives: new Set(this.#options.topology().pods[plan.pod?.id ?? '']?.ips),
      });
    if (behind !== null) this.#noticeClock(plan.nodeLabel, node, behind);
    const dropped = view.loss.kernel + view.loss.governor + view.loss.ours;
    if (view.watermark !== null && (view.watermark !== known?.watermark || dropped !== known.dropped))
      this.#host.tick({ captureId: id, watermark: view.watermark, dropped });
    if (over) this.#host.ended(id);
    this.#followed.set(id, { watermark: view.watermark, dropped, over });
  }

  #noticeClock(label: string, node: number, behindMs: number): void {
    const known = this.#offsets.get(label) ?? 0;
    if (Math.abs(known - behindMs) < clockMovedMs) return;
    this.#offsets.set(label, behindMs);
    this.#host.clock(node, Math.round(behindMs * 1e6));
  }

  #freshWays(): FlowWays {
    const { trace, topology, now } = this.#options;
    return new FlowWays({ trace, topology, now, placeOf: (netnsId) => numberIn(this.#places, netnsId) });
  }
}

/** From 1; a new one is added. */
function numberIn(names: string[], name: string): number {
  const at = names.indexOf(name);
  return at < 0 ? names.push(name) : at + 1;
}
