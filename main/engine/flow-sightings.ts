// Where a watch's packets tick a traced path off: counted by the worker since somebody first asked about that trace, each
// count at the interface that the topology knows.
import {
  NO_SIGHTINGS,
  type Sighting,
  type Sightings,
  type SightingsRequest,
} from '../../app/trace/sightings-model.ts';
import type { PacketHost } from './packet-host.ts';
import type { WatchRun } from './watch-run.ts';

/** ms that captures have to begin before counting does without those that have not: one that began later misses nothing. */
const beginsWithinMs = 5_000;

type Run = Pick<WatchRun, 'number' | 'view' | 'listening' | 'vantagePointOf'>;

export class FlowSightings {
  readonly #host: Pick<PacketHost, 'count'>;
  readonly #now: () => number;
  /** Of what was asked about last; `from`: the number of the first packet that counts. */
  #counting: { readonly asked: string; readonly from: number; readonly since: number } | null = null;

  constructor(host: Pick<PacketHost, 'count'>, now: () => number) {
    this.#host = host;
    this.#now = now;
  }

  async of(run: Run | null, request: SightingsRequest): Promise<Sightings> {
    if (run === null) return NO_SIGHTINGS;
    const { state, since: began, captures, packets } = run.view;
    const asked = JSON.stringify([run.number, request]);
    if (this.#counting?.asked !== asked) {
      const starting =
        captures.length === 0 || captures.some((one) => one.state === 'starting' || one.state === 'waiting');
      if (state !== 'on' || (starting && this.#now() - (began ?? 0) < beginsWithinMs)) return NO_SIGHTINGS;
      this.#counting = { asked, from: packets.total + 1, since: this.#now() };
    }
    const { from, since } = this.#counting;
    // Before the counts: what is decoded after them is no reason to miss a packet.
    const listening = run.listening(since);
    const counted = await this.#host.count(request.flows, from);
    if (counted === null) return { ...NO_SIGHTINGS, since, whole: false };
    const points = new Map(run.view.vantagePoints.map(({ id, interfaceId }) => [id, interfaceId]));
    const sightings = counted.counts.flatMap(({ captureId, ifindex, ...one }): Sighting[] => {
      const interfaceId = points.get(run.vantagePointOf(captureId, ifindex, one.last)) ?? null;
      return interfaceId === null ? [] : [{ ...one, interfaceId }];
    });
    // A packet at an interface that is not known may be the one that is missing.
    const whole = counted.whole && sightings.length === counted.counts.length;
    return { since, whole, sightings, listening };
  }
}
