// `hopscope watch --ndjson`: each packet's trail as a line, as soon as its fate is settled.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Watch } from '../engine/watch.ts';

/** ms: as often as trails are settled. */
const everyMs = 200;

export class TrailLines {
  readonly #watch: Pick<Watch, 'settledTrails' | 'trailsView'>;
  #after = 0;

  constructor(watch: Pick<Watch, 'settledTrails' | 'trailsView'>) {
    this.#watch = watch;
  }

  async follow(over: () => boolean, signal: AbortSignal): Promise<void> {
    while (!over() && !signal.aborted) {
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      await this.write();
    }
  }

  /** Those that are settled by now. */
  async write(): Promise<void> {
    const { trails, next, left } = await this.#watch.settledTrails(this.#after);
    this.#after = next;
    if (left > 0) process.stdout.write(`${JSON.stringify({ left })}\n`);
    const { lanes } = this.#watch.trailsView;
    const nameOf = (id: number): string => {
      const lane = lanes.find((one) => one.id === id);
      return lane === undefined ? '?' : `${lane.label} ${lane.way}`;
    };
    for (const { sightings, stop, ...trail } of trails) {
      const line = {
        ...trail,
        sightings: sightings.map(({ lane, afterUs, packet }) => ({ at: nameOf(lane), afterUs, packet })),
        stop:
          stop === null
            ? null
            : { after: nameOf(stop.after), before: stop.before === null ? null : nameOf(stop.before) },
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  }
}
