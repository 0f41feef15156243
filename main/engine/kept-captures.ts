// The captures of a watch: kept so as the plan has them, each with the records of what it was, and what cannot be captured with one that says why.
import type { CapturePlan, ImpossibleCapture, PlannedCapture } from '../../app/watch/capture-plan.ts';
import type { CaptureFailure, CaptureRequest } from '../node/capture.ts';
import type { CaptureRecord, RecordedPlan } from './capture-record.ts';
import type { CaptureRecords } from './capture-records.ts';
import { KeptCapture, type CapturingNode } from './kept-capture.ts';
import type { PacketHost } from './packet-host.ts';
import type { CaptureProgress } from './packet-protocol.ts';
import type { WatchGaps } from './watch-gaps.ts';

export interface KeptCapturesOptions {
  readonly nodes: readonly CapturingNode[];
  readonly host: Pick<PacketHost, 'input'>;
  readonly records: CaptureRecords;
  readonly now: () => number;
  /** What of a place is captured beside the Pod's addresses, or of them alone, as of now. */
  readonly narrowed: (
    plan: Pick<PlannedCapture, 'nodeLabel' | 'netnsId' | 'pod'>,
  ) => Pick<RecordedPlan, 'peers' | 'outside'>;
  readonly request: (plan: PlannedCapture, record: CaptureRecord) => CaptureRequest;
  readonly onProgress: (record: CaptureRecord, progress: CaptureProgress, node: CapturingNode) => void;
  readonly gaps: WatchGaps;
  readonly onInterfacesUntold: (place: string) => void;
  /** No more can be begun in this run. */
  readonly onFull: (sentence: string) => void;
  readonly onChange: () => void;
}

export class KeptCaptures {
  readonly #options: KeptCapturesOptions;
  readonly #kept = new Map<string, KeptCapture>();
  /** By place, where there should be a capture and cannot. */
  readonly #impossible = new Map<string, CaptureRecord>();
  readonly #ending = new Set<Promise<void>>();
  #isOver = false;

  constructor(options: KeptCapturesOptions) {
    this.#options = options;
  }

  /** Brings what runs in line with what should. */
  arrange({ captures, impossible }: CapturePlan): void {
    const wanted = new Set(captures.map(({ key }) => key));
    for (const key of [...this.#kept.keys()]) if (!wanted.has(key)) this.#drop(key);
    for (const plan of captures) if (!this.#kept.has(plan.key)) this.#keep(plan);
    const places = new Set(impossible.map(({ place }) => place));
    for (const place of [...this.#impossible.keys()]) if (!places.has(place)) this.#nowPossible(place);
    for (const one of impossible) this.#sayImpossible(one);
    this.#options.gaps.forgetExcept(places);
  }

  /** A node's connection came, went or is another one. */
  wake(): void {
    for (const kept of this.#kept.values()) kept.wake();
  }

  /** Those that are chosen end, and begin anew. */
  startOver(why: CaptureFailure, isChosen: (record: CaptureRecord) => boolean = () => true): void {
    for (const kept of this.#kept.values()) if (isChosen(kept.record)) kept.startOver(why);
  }

  /** Ends all; others may be begun. */
  drop(): void {
    for (const key of [...this.#kept.keys()]) this.#drop(key);
  }

  /** Ends all, and begins none any more. */
  end(): void {
    this.#isOver = true;
    this.drop();
    for (const place of [...this.#impossible.keys()]) this.#nowPossible(place);
  }

  /** Resolves when nothing of it runs any more on any node that answers. */
  async ended(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #keep(plan: PlannedCapture): void {
    const { nodes, host, now, request, onProgress, gaps, onInterfacesUntold, onChange } = this.#options;
    const node = nodes.find(({ label }) => label === plan.nodeLabel);
    if (node === undefined) return;
    const kept = new KeptCapture({
      ...{ plan, node, now, onChange },
      gap: gaps.takeOver(plan),
      onGap: (gap) => gaps.add(gap),
      request: (record) => request(plan, record),
      input: (...of) => host.input(...of),
      record: (before) => this.#record(plan, before),
      onProgress: (record, progress) => onProgress(record, progress, node),
      onInterfacesUntold: () => onInterfacesUntold(plan.place),
    });
    this.#kept.set(plan.key, kept);
    // Its record was one too many.
    if (this.#isOver) this.#drop(plan.key);
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    if (kept.gap !== null) this.#options.gaps.leave(kept.plan, kept.gap);
    const ending = kept[Symbol.asyncDispose]().then(() => {
      this.#ending.delete(ending);
      this.#forgetEmpty();
      this.#options.onChange();
    });
    this.#ending.add(ending);
  }

  #record(plan: Omit<RecordedPlan, 'peers' | 'outside'>, before: CaptureRecord | null = null): CaptureRecord {
    const { records, narrowed, now, onFull } = this.#options;
    const { full } = records;
    if (full !== null) onFull(full);
    this.#forgetEmpty(before);
    return records.add({ ...plan, ...narrowed(plan) }, now());
  }

  #forgetEmpty(followed: CaptureRecord | null = null): void {
    const current = new Set([...this.#kept.values()].map(({ record }) => record));
    if (followed !== null) current.delete(followed);
    for (const record of this.#impossible.values()) current.add(record);
    this.#options.records.forgetEmpty(current);
  }

  #sayImpossible({ place, nodeLabel, pod, sentence }: ImpossibleCapture): void {
    let record = this.#impossible.get(place);
    if (record === undefined) {
      record = this.#record({ nodeLabel, netnsId: '', pod, device: null, snaplen: 0, addresses: [] });
      this.#impossible.set(place, record);
    }
    record.tell('off', sentence, this.#options.now());
  }

  #nowPossible(place: string): void {
    this.#impossible.get(place)?.end(null);
    this.#impossible.delete(place);
    this.#forgetEmpty();
  }
}
