// A watch without nodes: it makes up traffic, keeps rows, and answers windows as main does. Development only.
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
import { podTitle } from '../state/text.ts';
import { exchangeAt, type Traffic, wayOf } from './traffic.ts';

const TICK_MS = 50;
const exchangesPerTick: Record<Traffic, number> = { healthy: 0.25, refused: 0.25, heavy: 25 };

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
  #rows: PacketRow[] = [];
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

  start(podId: string, expression: string | null): { ok: true } | { ok: false; sentence: string } {
    if (expression?.includes('bogus') === true) {
      return { ok: false, sentence: 'k8s-worker-1 refuses the capture filter: syntax error in “bogus”.' };
    }
    const pod = this.#topology.pods[podId];
    if (pod === undefined) return { ok: false, sentence: 'This Pod is gone: choose one that lives.' };
    clearInterval(this.#timer);
    const now = Date.now();
    const way = wayOf(this.#topology);
    this.#rows = [];
    this.#view = {
      ...noWatch,
      run: this.#view.run + 1,
      state: 'on',
      target: { podId, name: podTitle(pod), addresses: pod.ips },
      expression,
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
      for (let each = 0; this.#rows.length < this.#plan.begun; each += 1) this.#exchange(now + each * 50);
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
    for (const packet of exchangeAt(wayOf(this.#topology), ms, this.#order, this.#plan.traffic)) {
      this.#rows.push({ ...packet, number: this.#rows.length + 1 });
      const counts = passed.get(packet.vantagePoint) ?? { inbound: 0, outbound: 0, refused: 0 };
      counts[packet.direction === 'in' ? 'inbound' : 'outbound'] += 1;
      if (packet.tone === 'refused') counts.refused += 1;
      passed.set(packet.vantagePoint, counts);
    }
    const items = this.#view.vantagePoints.flatMap(({ id, interfaceId }) => {
      const counts = passed.get(id);
      const told = counts !== undefined && interfaceId !== null && this.#visible.has(interfaceId);
      return told ? [{ interfaceId, ...counts }] : [];
    });
    const message: HighlightsMessage = { type: 'highlights', run: this.#view.run, items };
    this.#highlights?.postMessage({ message, bytes: JSON.stringify(message).length });
  }

  #told(): void {
    const total = this.#rows.length;
    const counts = new Map<number, number>();
    for (const row of this.#rows) counts.set(row.vantagePoint, (counts.get(row.vantagePoint) ?? 0) + 1);
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
    return this.#plan.troubled ? Math.floor(this.#rows.length / 4) : 0;
  }

  #answer(): void {
    if (this.#window !== null) this.#post({ type: 'rows', rows: this.#rowsFor(this.#window) });
  }

  #rowsFor(window: PacketWindow): PacketRows {
    const { run } = this.#view;
    const filterError = window.filter.includes('bogus')
      ? '“bogus” is no address, network or port: try 192.168.2.3, 192.168.2.0/24 or :8080.'
      : null;
    const wanted = window.filter.replace(/^:/, '').trim();
    const passes = (row: PacketRow): boolean =>
      [row.source, row.destination].some((end) => end.address === wanted || String(end.port) === wanted);
    const all = this.#rows.filter(
      (row) => (window.until === null || row.number <= window.until) && (wanted === '' || passes(row)),
    );
    const looked = { scanned: 0, toScan: 0 };
    if (filterError !== null)
      return { run, window, first: 0, end: 0, from: 0, rows: [], filterError, ...looked };
    const first = wanted === '' ? this.#gone() : 0;
    const end = all.length;
    const from = Math.max(first, Math.min(window.from ?? end - window.count, end));
    return {
      run,
      window,
      first,
      end,
      from,
      rows: all.slice(from, from + window.count),
      filterError,
      ...looked,
    };
  }

  #post(message: PacketsMessage): void {
    this.#packets?.postMessage({ message, bytes: JSON.stringify(message).length });
  }
}
