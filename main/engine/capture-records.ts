// Every capture of a run that is told of, from its start to long after its end, and what the forgotten ones lost.
import type { CaptureView, Loss } from '../../app/contract/watch.ts';
import { captureFilter } from '../../app/watch/capture-filter.ts';
import type { CaptureSettings } from '../casefile/case-interfaces.ts';
import { CaptureRecord } from './capture-record.ts';

/** Ended captures beyond these are forgotten, the oldest first, and their packets lose their vantage point's name. */
const mostRecords = 300;
/** A packet's column of it is 16 bits wide. */
const mostIds = 0xffff;

export class CaptureRecords {
  readonly #byId = new Map<number, CaptureRecord>();
  readonly #onForgotten: (record: CaptureRecord) => void;
  #nextId = 1;
  /** Of those that are forgotten. */
  #forgottenBytes = 0;
  #forgotten: Loss = { kernel: 0, governor: 0, ours: 0 };

  constructor(onForgotten: (record: CaptureRecord) => void) {
    this.#onForgotten = onForgotten;
  }

  /** Why no more can be added; null as long as they can. */
  get full(): string | null {
    return this.#nextId > mostIds
      ? `${mostIds} captures have been started in this run; start the watch anew.`
      : null;
  }

  add(plan: CaptureRecord['plan'], now: number): CaptureRecord {
    const record = new CaptureRecord(this.#nextId++, plan, now);
    this.#byId.set(record.id, record);
    return record;
  }

  get(id: number): CaptureRecord | undefined {
    return this.#byId.get(id);
  }

  get all(): readonly CaptureRecord[] {
    return [...this.#byId.values()];
  }

  get views(): readonly CaptureView[] {
    return [...this.#byId.values()].map(({ view }) => view);
  }

  /** Of all their streams. */
  get bytes(): number {
    return [...this.#byId.values()].reduce((sum, { bytes }) => sum + bytes, this.#forgottenBytes);
  }

  get loss(): Loss {
    const all = { ...this.#forgotten };
    for (const { loss } of this.#byId.values()) {
      all.kernel += loss.kernel;
      all.ours += loss.ours;
    }
    return all;
  }

  /** By id, what its tcpdump was given. `expression`: instead of the addresses. */
  settings(expression: string | null): ReadonlyMap<number, CaptureSettings> {
    return new Map(
      [...this.#byId.values()].map(({ id, plan, linkType, received }) => {
        const filter = expression ?? captureFilter({ ...plan, own: plan.addresses }, plan.pod === null);
        return [id, { filter, snaplen: plan.snaplen, linkType, received }];
      }),
    );
  }

  /** What has ended without a packet says nothing any more; nor do too many. `current` stay. */
  forgetEmpty(current: ReadonlySet<CaptureRecord>): void {
    let surplus = this.#byId.size - mostRecords;
    for (const record of this.#byId.values()) {
      if (current.has(record) || !record.over || (record.packets > 0 && surplus <= 0)) continue;
      surplus--;
      this.#byId.delete(record.id);
      this.#onForgotten(record);
      this.#forgottenBytes += record.bytes;
      const { kernel, ours } = record.loss;
      this.#forgotten = {
        kernel: this.#forgotten.kernel + kernel,
        governor: 0,
        ours: this.#forgotten.ours + ours,
      };
    }
  }
}
