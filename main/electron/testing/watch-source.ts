// A watch that changes when told to, for the feeds' tests.
import {
  noWatch,
  type PacketRow,
  type PacketRows,
  type PacketWindow,
  type WatchView,
} from '../../../app/contract/watch.ts';
import { noTrailsView } from '../../../app/contract/no-trails.ts';
import type { TrailsView, TrailView, TrailWindow } from '../../../app/contract/trails.ts';
import { NO_SIGHTINGS, type Sightings } from '../../../app/trace/sightings-model.ts';
import { ok, type Result } from '../../../app/result.ts';
import type { Refusal } from '../../engine/refusal.ts';
import type { InterfaceCounts, Watch } from '../../engine/watch.ts';

export class WatchSource implements Watch {
  view: WatchView = noWatch;
  trailsView: TrailsView = noTrailsView;
  readonly counts = new Map<string, InterfaceCounts>();
  /** Every query of rows, in order. */
  readonly queries: PacketWindow[] = [];
  /** What each answer waits for. */
  beforeRows = (): Promise<void> => Promise.resolve();
  #underWay = 0;
  mostUnderWay = 0;
  readonly #listeners = new Set<() => void>();

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get followers(): number {
    return this.#listeners.size;
  }

  become(change: Partial<WatchView>): void {
    this.view = { ...this.view, ...change };
    this.#tell();
  }

  begin(run: number): void {
    this.counts.clear();
    this.become({ run, state: 'on', packets: { total: 0, kept: 0, bytes: 0 } });
  }

  /** More packets, none of them at an interface. */
  decode(more: number): void {
    const total = this.view.packets.total + more;
    this.become({ packets: { total, kept: total, bytes: total * 100 } });
  }

  pass(interfaceId: string, inbound: number, outbound: number, refused = 0): void {
    const before = this.counts.get(interfaceId) ?? { inbound: 0, outbound: 0, refused: 0 };
    this.counts.set(interfaceId, {
      inbound: before.inbound + inbound,
      outbound: before.outbound + outbound,
      refused: before.refused + refused,
    });
    this.#tell();
  }

  /** Trails are others from now on. */
  trail(change: Partial<TrailsView> = {}): void {
    const { revision } = this.trailsView;
    this.trailsView = { ...this.trailsView, run: this.view.run, revision: revision + 1, ...change };
    this.#tell();
  }

  /** Every query of trails, in order. */
  readonly trailQueries: TrailWindow[] = [];
  /** What each answer waits for. */
  beforeTrails = (): Promise<void> => Promise.resolve();

  /** As many as are asked for, each of the revision's number. */
  async trails(window: TrailWindow): Promise<readonly TrailView[]> {
    this.trailQueries.push(window);
    await this.beforeTrails();
    return Array.from({ length: window.count }, (_, at) => trailOf(at + 1, this.trailsView.revision));
  }

  settledTrails(after: number): ReturnType<Watch['settledTrails']> {
    return Promise.resolve({ trails: [], next: after, left: 0 });
  }

  start(): Promise<Result<void, Refusal>> {
    return Promise.resolve(ok(undefined));
  }

  stop(): Promise<void> {
    this.become({ state: 'ended' });
    return Promise.resolve();
  }

  sightings(): Promise<Sightings> {
    return Promise.resolve(NO_SIGHTINGS);
  }

  /** How far a filter has come; 0 and 0: it has looked at all. */
  search = { scanned: 0, toScan: 0 };

  /** The window moved to where rows are; each says `summary`. */
  async rows(window: PacketWindow): Promise<PacketRows> {
    this.queries.push(window);
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.#underWay);
    try {
      await this.beforeRows();
    } finally {
      this.#underWay--;
    }
    const { run, packets } = this.view;
    const end = Math.min(packets.total, window.until ?? packets.total);
    const from = Math.max(0, Math.min(window.from ?? end - window.count, end));
    const rows = Array.from({ length: Math.min(window.count, end - from) }, (_, i) => rowOf(from + i + 1));
    return { run, window, first: 0, end, from, rows, filterError: null, ...this.search };
  }

  follow(): Promise<{ ok: false; sentence: string }> {
    return Promise.resolve({ ok: false, sentence: 'no packets' });
  }

  detail(): Promise<null> {
    return Promise.resolve(null);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const rowOf = (number: number): PacketRow => ({
  number,
  at: { s: 1_700_000_000, ns: number },
  vantagePoint: 1,
  direction: 'in',
  source: { address: '192.168.1.2', port: 40_000, name: 'c2c-network-demo' },
  destination: { address: '192.168.2.3', port: 8080, name: 'c2c-network-demo-w2' },
  transport: 'tcp',
  protocol: 'TCP',
  length: 74,
  captured: 74,
  summary: '40000 → 8080 [SYN]',
  tunnel: null,
  tone: 'opening',
});

const trailOf = (id: number, revision: number): TrailView => ({
  ...{ id, revision, verdict: 'delivered', final: true, flow: 1, at: 1_700_000_000_000, bytes: 0 },
  ...{ summary: 'SYN 40000 → 8080', stop: null, because: null },
  sightings: [{ lane: 1, afterUs: 0, packet: id }],
});
