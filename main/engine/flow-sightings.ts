// Where a watch's packets tick a traced path off: counted by the worker since somebody first asked about that path, each
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

interface Counting {
  /** The run and what is sought along which interfaces. */
  readonly asked: string;
  /** Number of the first packet that counts. */
  readonly from: number;
  /** ms, our clock. */
  readonly since: number;
  wholeSince: number;
  gaps: number;
  /** Packets at interfaces that nobody knows: one of them may be the one that is missing. */
  unplaced: number;
}

export class FlowSightings {
  readonly #host: Pick<PacketHost, 'count'>;
  readonly #now: () => number;
  /** Of what was asked about last. */
  #counting: Counting | null = null;

  constructor(host: Pick<PacketHost, 'count'>, now: () => number) {
    this.#host = host;
    this.#now = now;
  }

  async of(run: Run | null, request: SightingsRequest): Promise<Sightings> {
    const counting = run === null ? null : this.#countingOf(run, JSON.stringify([run.number, request]));
    if (run === null || counting === null) return NO_SIGHTINGS;
    const { from, since } = counting;
    // Before the counts: what is decoded after them is no reason to miss a packet.
    const listening = run.listening(since);
    const counted = await this.#host.count(request.flows, from);
    if (counted === null) return { ...NO_SIGHTINGS, since };
    const points = new Map(run.view.vantagePoints.map(({ id, interfaceId }) => [id, interfaceId]));
    let unplaced = 0;
    const sightings = counted.counts.flatMap(({ captureId, ifindex, ...one }): Sighting[] => {
      const interfaceId = points.get(run.vantagePointOf(captureId, ifindex, one.last)) ?? null;
      if (interfaceId === null) unplaced += one.packets;
      return interfaceId === null ? [] : [{ ...one, seconds: [...one.seconds], interfaceId }];
    });
    if (counted.gaps > counting.gaps || unplaced > counting.unplaced) counting.wholeSince = this.#now();
    counting.gaps = counted.gaps;
    counting.unplaced = unplaced;
    return { since, wholeSince: counted.caughtUp ? counting.wholeSince : null, sightings, listening };
  }

  /** Null: its captures are about to begin. */
  #countingOf({ view }: Run, asked: string): Counting | null {
    if (this.#counting?.asked === asked) return this.#counting;
    const { state, since: began, captures, packets } = view;
    const starting =
      captures.length === 0 || captures.some((one) => one.state === 'starting' || one.state === 'waiting');
    const now = this.#now();
    if (state !== 'on' || (starting && now - (began ?? 0) < beginsWithinMs)) return null;
    this.#counting = { asked, from: packets.total + 1, since: now, wholeSince: now, gaps: 0, unplaced: 0 };
    return this.#counting;
  }
}
