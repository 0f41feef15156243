// Trails of packets that were never sent: what a ladder and a table of flows have to show. Development only.
import { noTrailsView } from '../../app/contract/no-trails.ts';
import type {
  EndView,
  FlowView,
  HealthView,
  LaneView,
  TrailsFromPage,
  TrailsMessage,
  TrailsView,
  TrailView,
  TrailWindow,
} from '../../app/contract/trails.ts';
import type { Topology } from '../../app/topology/model.ts';
import type { Verdict } from '../../app/watch/model.ts';
import { type Sent, sentIn } from './sent-packets.ts';
import { wayOf } from './traffic.ts';

const TELL_MS = 200;
const MOST = 600;
/** µs between one place and the next. */
const HOP_US = [4, 7, 128, 6, 5];

export class FakeTrails {
  readonly #lanes: readonly LaneView[];
  readonly #isBusy: boolean;
  #view: TrailsView = noTrailsView;
  #trails: TrailView[] = [];
  #flows = new Map<string, FlowView>();
  #ends = new Map<string, EndView>();
  #port: MessagePort | null = null;
  #window: TrailWindow | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #id = 0;
  #order = 0;

  /** @param isBusy one connection that carries much, instead of many that carry little */
  constructor(topology: Topology, isBusy: boolean) {
    const { points, forth } = wayOf(topology);
    const lane = (id: number, at: number, way: LaneView['way']): LaneView[] => {
      const point = points[at];
      return point === undefined ? [] : [{ ...point, id, way }];
    };
    this.#isBusy = isBusy;
    this.#lanes = [
      ...forth.flatMap((way, at) => lane(at + 1, at, way)),
      ...forth.flatMap((way, at) => lane(at + 7, at, way === 'in' ? 'out' : 'in')),
    ];
  }

  begin(): void {
    clearInterval(this.#timer);
    this.#view = { ...noTrailsView, run: this.#view.run + 1, lanes: this.#lanes };
    this.#trails = [];
    this.#flows = new Map();
    this.#ends = new Map();
    const now = Date.now();
    for (let ago = 12; ago > 0; ago--) this.#exchange(now - ago * 900);
    this.#tell();
    let tick = 0;
    this.#timer = setInterval(() => {
      if (this.#isBusy || tick++ % 5 === 0) this.#exchange(Date.now());
      this.#tell();
    }, TELL_MS);
  }

  serve(port: MessagePort): void {
    this.#port = port;
    port.addEventListener('message', ({ data }: MessageEvent<TrailsFromPage>) => {
      if (data.type !== 'window') return;
      this.#window = data;
      this.#answer();
    });
    port.start();
    this.#post({ type: 'view', view: this.#view });
  }

  #exchange(ms: number): void {
    this.#order += 1;
    for (const [nth, sent] of sentIn(this.#order, this.#isBusy).entries()) this.#send(sent, ms + nth * 0.41);
  }

  #send(
    {
      from,
      to,
      back,
      summary,
      protocol = 'TCP',
      bytes = 0,
      verdict = 'delivered',
      places = 6,
      because,
    }: Sent,
    at: number,
  ): void {
    const key = `${protocol} ${JSON.stringify([from, to])}`;
    const known = this.#flows.get(key);
    const id = known?.id ?? this.#flows.size + 1;
    const counts = known?.counts ?? noTrailsView.counts;
    this.#flows.set(key, {
      ...{ id, protocol, source: from, destination: to },
      counts: { ...counts, [verdict]: counts[verdict] + 1 },
      ...{ bytes: (known?.bytes ?? 0) + bytes, first: known?.first ?? at, last: at },
      hops: HOP_US.slice(0, places - 1).map((us, nth) => {
        const from = back ? 12 - nth : 1 + nth;
        const isWire = nth === 2;
        return {
          ...{ from, to: back ? from - 1 : from + 1, count: 1, plusMinusUs: isWire ? 120 : 0 },
          meanUs: HOP_US[back ? 4 - nth : nth] ?? us,
        };
      }),
      isTranslated: false,
      isCarried: false,
      mayQuote: false,
      health: verdict === 'dropped' ? [resent(known, at)] : (known?.health ?? []),
    });
    let afterUs = 0;
    const order = [0, 1, 2, 3, 4, 5].slice(0, places);
    const sightings = order.map((nth) => {
      const place = back ? 5 - nth : nth;
      if (nth > 0) afterUs += (HOP_US[back ? place : nth - 1] ?? 0) * (0.8 + Math.random() * 0.5);
      const lane = (back ? 7 : 1) + place;
      return { lane, afterUs, packet: (this.#id % 300) * 6 + nth + 1 };
    });
    const next = (back ? 7 : 1) + (back ? 5 - places : places);
    const stop = verdict === 'dropped' ? { after: sightings.at(-1)?.lane ?? 1, before: next } : null;
    const lane = sightings.at(-1)?.lane ?? 1;
    const end = `${verdict} ${String(lane)}`;
    this.#ends.set(end, { verdict, lane, count: (this.#ends.get(end)?.count ?? 0) + 1 });
    const said = bytes > 0 ? `${summary} · ${String(bytes)} B` : summary;
    this.#id += 1;
    this.#trails.push({
      ...{
        id: this.#id,
        revision: 1,
        verdict,
        final: true,
        flow: id,
        at,
        bytes,
        summary: said,
        sightings,
        stop,
      },
      because: because ?? null,
    });
    if (this.#trails.length > MOST) this.#trails.shift();
  }

  #tell(): void {
    const flows = [...this.#flows.values()].toSorted((a, b) => b.last - a.last).slice(0, 200);
    const counts = { ...noTrailsView.counts };
    for (const flow of this.#flows.values())
      for (const verdict of Object.keys(counts) as Verdict[]) counts[verdict] += flow.counts[verdict];
    const hops = HOP_US.flatMap((p50us, at) => {
      const isWire = at === 2;
      const both = { count: this.#id, plusMinusUs: isWire ? 120 : 0 };
      return [
        { ...both, from: at + 1, to: at + 2, p50us, p95us: p50us * 3 },
        { ...both, from: at + 8, to: at + 7, p50us, p95us: p50us * 3 },
      ];
    });
    const ends = [...this.#ends.values()];
    this.#view = { ...this.#view, revision: this.#view.revision + 1, counts, ends, flows, hops };
    this.#post({ type: 'view', view: this.#view });
    this.#answer();
  }

  #answer(): void {
    const window = this.#window;
    if (window === null || window.count === 0) return;
    const trails = this.#trails.filter(
      ({ id, flow, at }) =>
        (window.ids?.includes(id) ?? true) &&
        (window.flows === null || window.flows.includes(flow)) &&
        (window.until === null || at <= window.until),
    );
    const { run, counting } = this.#view;
    this.#post({ type: 'trails', run, counting, window, trails: trails.slice(-window.count) });
  }

  #post(message: TrailsMessage): void {
    this.#port?.postMessage(JSON.stringify(message));
  }
}

function resent(known: FlowView | undefined, at: number): HealthView {
  const before = known?.health[0];
  const times = (before?.times ?? 0) + 1;
  const sentence = `${String(times)} segments were sent again.`;
  return { kind: 'resent', times, since: before?.since ?? at, last: at, sentence };
}
