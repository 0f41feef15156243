// One tcpdump, from its start to after its end: what it told, what was decoded of it, what was lost.
import type { CaptureView, Loss } from '../../app/contract/watch.ts';
import type { Outside } from '../../app/trace/lets-through.ts';
import type { PlannedCapture } from '../../app/watch/capture-plan.ts';
import type { Bounds } from '../../app/watch/clocks/bounds.ts';
import type { CaptureEvent, CaptureTotals } from '../node/capture.ts';
import type { CaptureTime } from '../node/capture-events.ts';
import type { NodeTime } from '../../app/topology/model.ts';
import type { CaptureProgress } from './packet-protocol.ts';
import { NodeClock } from './node-clock.ts';
import { Watermark } from './watermark.ts';

export interface RecordedPlan extends Pick<
  PlannedCapture,
  'nodeLabel' | 'netnsId' | 'pod' | 'device' | 'snaplen' | 'addresses'
> {
  /** With whom alone; null: with anybody. */
  readonly peers: readonly string[] | null;
  /** Beside them, as whom packets go on where they are masqueraded. */
  readonly outside: readonly Outside[];
}

/** Since it began. */
export interface CaptureLoad {
  /** ms, our clock: when it was told; and by the node's. */
  readonly at: number;
  readonly nodeMs: number;
  readonly packets: number;
  readonly bytes: number;
  /** s */
  readonly cpu: number;
  readonly dropped: number;
}

export class CaptureRecord {
  readonly id: number;
  readonly plan: RecordedPlan;
  readonly #mark = new Watermark();
  readonly #clock = new NodeClock();
  #state: CaptureView['state'] = 'starting';
  #since: number;
  #sentence: string | null = null;
  #records = 0;
  #linkType: number | null = null;
  #totals: CaptureTotals | null = null;
  /** The stream was cut in the middle of a record, or stopped to make sense there. */
  #broken = false;
  #lostAt: number | null = null;
  #told: CaptureTime | null = null;
  #bytes = 0;
  #load: CaptureLoad | null = null;
  #over = false;
  /** Time of the newest packet decoded. */
  #newest: NodeTime | null = null;
  #began = false;
  #ending = false;
  #view: CaptureView | null = null;

  constructor(id: number, plan: RecordedPlan, now: number) {
    this.id = id;
    this.plan = plan;
    this.#since = now;
  }

  /** Packets decoded. */
  get packets(): number {
    return this.#records;
  }

  get linkType(): number | null {
    return this.#linkType;
  }

  /** Packets that passed the filter, by tcpdump's own count; null before it has said. */
  get received(): number | null {
    return this.#totals?.received ?? null;
  }

  /** Its tcpdump was asked for: it is not asked for again, another record is. */
  get began(): boolean {
    return this.#began;
  }

  /** It was told to end, which takes its time on the node. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Nothing comes of it any more. */
  get over(): boolean {
    return this.#over;
  }

  get state(): CaptureView['state'] {
    return this.#state;
  }

  begin(now: number): void {
    this.#began = true;
    this.#clock.asked(now);
    this.tell('starting', null, now);
  }

  /** True when that is new. */
  tell(state: CaptureView['state'], sentence: string | null, now: number): boolean {
    if (state === this.#state && sentence === this.#sentence) return false;
    if (state !== this.#state) this.#since = now;
    this.#state = state;
    this.#sentence = sentence;
    this.#view = null;
    return true;
  }

  /** When the kernel last told that it had dropped some (ms, our clock); null: it never has. */
  get lostAt(): number | null {
    return this.#lostAt;
  }

  /** How many the kernel had dropped as of the watermark: `loss` is ahead of that where packets are decoded later than they are counted. */
  get droppedUntil(): number {
    return this.#mark.dropped;
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** ms by which the node's clock is behind ours. */
  get behind(): number | null {
    return this.#clock.behind;
  }

  /** ms by which it is behind ours, at least and at most; null: not known. */
  get behindBounds(): Bounds | null {
    return this.#clock.bounds;
  }

  /** Until when it is known what was captured, ms by our clock; null: of no time. */
  get knownUntil(): number | null {
    const behind = this.#clock.bounds?.atMost ?? this.#clock.behind;
    const times = [this.#mark.at, this.#newest].flatMap((at) =>
      at === null ? [] : at.s * 1000 + at.ns / 1e6,
    );
    return behind === null || times.length === 0 ? null : Math.max(...times) + behind;
  }

  /** What the node said of its time last. */
  get told(): CaptureTime | null {
    return this.#told;
  }

  /** What it took of its node, as of its last second; null: it has not said. */
  get load(): CaptureLoad | null {
    return this.#load;
  }

  /** That came of its stream. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Came of its stream. */
  took(bytes: number): void {
    this.#bytes += bytes;
  }

  tick(
    {
      nodeTime,
      uptime,
      cpu = 0,
      captured,
      received,
      dropped,
      exact,
    }: Extract<CaptureEvent, { kind: 'tick' }>,
    now: number,
  ): void {
    if (dropped > (this.#totals?.dropped ?? 0)) this.#lostAt = now;
    this.#told = { nodeTime, ...(uptime === undefined ? {} : { uptime }) };
    this.#clock.told(this.#told, now);
    this.#totals = { captured, received, dropped };
    const nodeMs = nodeTime.s * 1000 + nodeTime.ns / 1e6;
    this.#load = { at: now, nodeMs, packets: received, bytes: this.#bytes, cpu, dropped };
    this.#mark.tick(nodeTime, captured, exact, dropped);
    this.#view = null;
  }

  progress({ records, linkType, broken, at }: CaptureProgress): void {
    this.#records = records;
    this.#linkType = linkType;
    // Before its header there was no packet to lose.
    this.#broken = broken !== null && linkType !== null;
    this.#mark.decoded(records, at);
    this.#newest = at ?? this.#newest;
    this.#view = null;
  }

  toldToEnd(): void {
    this.#ending = true;
  }

  /** Nothing comes any more: what tcpdump had captured and is not decoded is lost. */
  end(totals: CaptureTotals | null): void {
    this.#totals = totals ?? this.#totals;
    this.#over = true;
    this.#view = null;
  }

  get loss(): Loss {
    const known = (this.#totals?.captured ?? 0) - this.#records;
    const ours = this.#over || this.#broken ? Math.max(known, this.#broken ? 1 : 0) : 0;
    return { kernel: this.#totals?.dropped ?? 0, governor: 0, ours };
  }

  /** Another object only when it says something else. */
  get view(): CaptureView {
    this.#view ??= {
      id: this.id,
      nodeLabel: this.plan.nodeLabel,
      pod: this.plan.pod,
      state: this.#state,
      since: this.#since,
      sentence: this.#sentence,
      packets: this.#records,
      loss: this.loss,
      watermark: this.#mark.at,
    };
    return this.#view;
  }
}
