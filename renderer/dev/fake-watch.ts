// A watch without nodes: it makes up traffic, keeps rows, and answers windows as main does. Development only.
import type { CallRequest } from '../../app/contract/calls.ts';
import {
  type CaptureView,
  type HighlightsFromPage,
  type HighlightsMessage,
  noLoss,
  noWatch,
  type PacketRow,
  type PacketRows,
  type PacketsFromPage,
  type PacketsMessage,
  type PacketWindow,
  type WatchView,
} from '../../app/contract/watch.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { PacketDetail } from '../../app/contract/packet-detail.ts';
import { detailNodes } from '../../app/packet/dissect/detail.ts';
import { dissect } from '../../app/packet/dissect/dissect.ts';
import { Dissection } from '../../app/packet/dissect/dissection.ts';
import { rowPacket } from '../../app/packet/dissect/row.ts';
import type { CaptureDecoder } from '../../app/packet/file/capture-decoder.ts';
import { parseDisplayFilter } from '../../app/packet/filter/display-filter.ts';
import { FlowCounts } from '../../app/packet/store/flow-counts.ts';
import { PacketStore } from '../../app/packet/store/packet-store.ts';
import { PacketView } from '../../app/packet/store/packet-view.ts';
import { type PacketSummary, summarize } from '../../app/packet/summary/summarize.ts';
import { WindowSummaries } from '../../app/packet/summary/window-summaries.ts';
import { NO_SIGHTINGS, type Sightings, type SightingsRequest } from '../../app/trace/sightings-model.ts';
import { podTitle } from '../state/text.ts';
import { pcapHeader, pcapRecord } from './packet-bytes.ts';
import { passingAt, type Traffic, wayOf } from './traffic.ts';

const TICK_MS = 50;
const exchangesPerTick: Record<Traffic, number> = {
  healthy: 0.25,
  refused: 0.25,
  heavy: 25,
  tunnel: 0.25,
  cut: 0.25,
};
/** Bytes of a packet that are kept: the pages that are fetched do not fit. */
const SNAPLEN = 192;
const storeBytes = 400 * 1024 * 1024;

export interface WatchPlan {
  readonly traffic: Traffic;
  /** A capture that does not run, a ring that is full. */
  readonly troubled: boolean;
  /** Rows that are there at once. */
  readonly begun: number;
}

export class FakeWatch {
  readonly #topology: Topology;
  readonly #plan: WatchPlan;
  #view: WatchView = noWatch;
  #store = new PacketStore({ maxBytes: storeBytes });
  #decoders = new Map<number, CaptureDecoder>();
  #views = new Map<string, PacketView>();
  readonly #summaries = new WindowSummaries();
  readonly #counts = new Map<number, number>();
  #packets: MessagePort | null = null;
  #highlights: MessagePort | null = null;
  #visible: ReadonlySet<string> = new Set();
  #window: PacketWindow | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #owed = 0;
  #order = 0;

  constructor(topology: Topology, plan: WatchPlan) {
    this.#topology = topology;
    this.#plan = plan;
  }

  start(
    podId: string,
    { expression, to }: Pick<CallRequest<'watch.start'>, 'expression' | 'to'>,
  ): { ok: true } | { ok: false; sentence: string } {
    if (expression?.includes('bogus') === true) {
      return { ok: false, sentence: 'k8s-worker-1 refuses the capture filter: syntax error in “bogus”.' };
    }
    const pod = this.#topology.pods[podId];
    if (pod === undefined) return { ok: false, sentence: 'This Pod is gone: choose one that lives.' };
    clearInterval(this.#timer);
    const now = Date.now();
    const way = wayOf(this.#topology);
    // Plain buffers: a page on a development server has no shared ones.
    this.#store = new PacketStore({ maxBytes: storeBytes, allocate: (bytes) => new ArrayBuffer(bytes) });
    this.#decoders = new Map();
    this.#views = new Map();
    this.#counts.clear();
    this.#view = {
      ...noWatch,
      run: this.#view.run + 1,
      state: 'on',
      target: { podId, name: podTitle(pod), addresses: pod.ips },
      expression,
      only: to === null ? null : { name: to, to },
      since: now,
      captures: this.#captures('starting', now),
    };
    this.#post({ type: 'watch', view: this.#view });
    setTimeout(() => {
      this.#view = {
        ...this.#view,
        vantagePoints: way.points,
        captures: this.#captures('running', now),
      };
      for (let each = 0; this.#store.total < this.#plan.begun; each += 1) this.#exchange(now + each * 50);
      this.#told();
      this.#timer = setInterval(() => {
        this.#tick();
      }, TICK_MS);
    }, 60);
    return { ok: true };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#view = { ...this.#view, state: 'ended' };
    this.#post({ type: 'watch', view: this.#view });
  }

  servePackets(port: MessagePort): void {
    this.#packets = port;
    port.addEventListener('message', (event: MessageEvent<PacketsFromPage>) => {
      if (event.data.type !== 'window') return;
      this.#window = event.data;
      this.#answer();
    });
    port.start();
    this.#post({ type: 'watch', view: this.#view });
  }

  serveHighlights(port: MessagePort): void {
    this.#highlights = port;
    port.addEventListener('message', (event: MessageEvent<HighlightsFromPage>) => {
      if (event.data.type === 'visible') this.#visible = new Set(event.data.interfaces);
    });
    port.start();
  }

  #captures(state: 'starting' | 'running', since: number): CaptureView[] {
    const capture = (id: number, nodeLabel: string, podId: string | null): CaptureView => ({
      id,
      nodeLabel,
      pod: podId === null ? null : { id: podId, name: this.#topology.pods[podId]?.name ?? '' },
      state,
      since,
      sentence: null,
      packets: 0,
      loss: noLoss,
      watermark: null,
    });
    const all = [
      capture(1, 'k8s-master', null),
      capture(2, 'k8s-worker-1', null),
      capture(3, 'k8s-worker-2', null),
      capture(4, 'k8s-worker-1', 'pod:k8s-worker-1-c2c-network-demo'),
      capture(5, 'k8s-worker-2', 'pod:k8s-worker-2-c2c-network-demo-w2'),
    ];
    if (!this.#plan.troubled || state === 'starting') return all;
    return all.map((each): CaptureView => {
      if (each.id === 1) {
        const sentence =
          'k8s-master has no tcpdump, so nothing is captured there. Install it (apt-get install tcpdump) and watch again.';
        return { ...each, state: 'off', sentence };
      }
      if (each.id === 5) {
        const sentence =
          'The connection to k8s-worker-2 was cut; its captures go on when it is back. What passed meanwhile is missing.';
        return { ...each, state: 'waiting', sentence };
      }
      return each.id === 2 ? { ...each, loss: { kernel: 1204, governor: 0, ours: 3 } } : each;
    });
  }

  #tick(): void {
    this.#owed += exchangesPerTick[this.#plan.traffic];
    for (; this.#owed >= 1; this.#owed -= 1) this.#exchange(Date.now());
    this.#told();
  }

  #exchange(ms: number): void {
    this.#order += 1;
    const passed = new Map<number, { inbound: number; outbound: number; refused: number }>();
    const firstOfThese = this.#store.total + 1;
    for (const passing of passingAt(wayOf(this.#topology), ms, this.#order, this.#plan.traffic)) {
      const { captureId, vantagePoint, seconds, nanoseconds, packet } = passing;
      this.#decoder(captureId).push(pcapRecord(seconds, nanoseconds, packet, SNAPLEN));
      this.#counts.set(vantagePoint, (this.#counts.get(vantagePoint) ?? 0) + 1);
    }
    for (const row of this.#rowsFrom(firstOfThese)) {
      const counts = passed.get(row.vantagePoint) ?? { inbound: 0, outbound: 0, refused: 0 };
      counts[row.direction === 'in' ? 'inbound' : 'outbound'] += 1;
      if (row.tone === 'refused') counts.refused += 1;
      passed.set(row.vantagePoint, counts);
    }
    const items = this.#view.vantagePoints.flatMap(({ id, interfaceId }) => {
      const counts = passed.get(id);
      const told = counts !== undefined && interfaceId !== null && this.#visible.has(interfaceId);
      return told ? [{ interfaceId, ...counts }] : [];
    });
    const message: HighlightsMessage = { type: 'highlights', run: this.#view.run, items };
    this.#highlights?.postMessage(JSON.stringify(message));
  }

  #told(): void {
    const { total } = this.#store;
    const counts = this.#counts;
    const now = Date.now();
    this.#view = {
      ...this.#view,
      packets: { total, kept: this.#plan.troubled ? total - this.#gone() : total, bytes: total * 150 },
      loss: this.#plan.troubled ? { kernel: 1204, governor: 0, ours: 3 } : noLoss,
      vantagePoints: this.#view.vantagePoints.map((point) => ({
        ...point,
        packets: counts.get(point.id) ?? 0,
      })),
      captures: this.#view.captures.map((capture) => ({
        ...capture,
        watermark: { s: Math.floor(now / 1000) - 1, ns: 0 },
      })),
    };
    this.#post({ type: 'watch', view: this.#view });
    this.#answer();
  }

  #gone(): number {
    return this.#plan.troubled ? Math.floor(this.#store.total / 4) : 0;
  }

  #answer(): void {
    if (this.#window !== null) this.#post({ type: 'rows', rows: this.#rowsFor(this.#window) });
  }

  #rowsFor(window: PacketWindow): PacketRows {
    const { run } = this.#view;
    const none = { run, window, first: 0, end: 0, from: 0, rows: [], scanned: 0, toScan: 0 };
    const view = this.#passing(window.filter);
    if (typeof view === 'string') return { ...none, filterError: view };
    view.update(() => true);
    const { places, ...found } = view.rows(window.from, window.count, window.until);
    const first = window.filter === '' ? Math.max(found.first, this.#gone()) : found.first;
    const rows = this.#summaries.of(places, () => true).rows.map((row) => this.#rowOf(row));
    return { run, window, ...found, first, rows, filterError: null };
  }

  /** What passes a filter, or what is wrong with it. */
  #passing(filter: string): PacketView | string {
    let view = this.#views.get(filter);
    if (view !== undefined) return view;
    const parsed = parseDisplayFilter(filter);
    if (!parsed.ok) return parsed.failure.sentence;
    view = new PacketView(this.#store, parsed.value);
    this.#views.set(filter, view);
    return view;
  }

  sightings({ flows }: SightingsRequest): Sightings {
    if (this.#view.state !== 'on') return NO_SIGHTINGS;
    const counts = new FlowCounts(flows, 1);
    counts.look(this.#store);
    const sightings = counts.counts.flatMap(({ captureId, ifindex, ...one }) => {
      const point = this.#view.vantagePoints.find(
        (each) => each.captureId === captureId && each.id === ifindex,
      );
      return point === undefined || point.interfaceId === null
        ? []
        : [{ ...one, seconds: [...one.seconds], interfaceId: point.interfaceId }];
    });
    const addresses = [...(this.#view.target?.addresses ?? [])];
    const listening = this.#view.captures.map((one) => ({
      netnsId:
        (one.pod === null
          ? this.#topology.nodes[`node:${one.nodeLabel}`]?.rootNetns
          : this.#topology.pods[one.pod.id]?.netnsId) ?? '',
      device: null,
      addresses,
      peers: null,
      outside: [],
      holds: one.state === 'running' ? ('whole' as const) : ('ended' as const),
      wholeSince: one.state === 'running' ? one.since : null,
      behind: 0,
      watermark: one.watermark,
    }));
    const { since } = this.#view;
    return { since, wholeSince: since, sightings, listening };
  }

  detail(run: number, number: number): PacketDetail | null {
    const segment = this.#store.segments.find((one) => number >= one.firstNumber && number < one.endNumber);
    if (segment === undefined || run !== this.#view.run || number <= this.#gone()) return null;
    const packet = rowPacket(segment, number - segment.firstNumber);
    const dissection = new Dissection();
    dissect(packet, dissection);
    return {
      run,
      number,
      bytes: new Uint8Array(packet.bytes),
      length: packet.len,
      nodes: detailNodes(dissection),
    };
  }

  #decoder(captureId: number): CaptureDecoder {
    let decoder = this.#decoders.get(captureId);
    if (decoder === undefined) {
      decoder = this.#store.decoder(captureId);
      decoder.push(pcapHeader());
      this.#decoders.set(captureId, decoder);
    }
    return decoder;
  }

  *#rowsFrom(number: number): Generator<PacketRow> {
    for (const segment of this.#store.segments)
      for (let row = Math.max(0, number - segment.firstNumber); row < segment.count; row += 1)
        yield this.#rowOf(summarize(segment, row));
  }

  #rowOf(summary: PacketSummary): PacketRow {
    const { ifindex, source, destination } = summary;
    const named = <T extends { readonly address: string }>(end: T): T & { name: string | null } => ({
      ...end,
      name: Object.values(this.#topology.pods).find(({ ips }) => ips.includes(end.address))?.name ?? null,
    });
    return { ...summary, vantagePoint: ifindex, source: named(source), destination: named(destination) };
  }

  #post(message: PacketsMessage): void {
    this.#packets?.postMessage(JSON.stringify(message));
  }
}
