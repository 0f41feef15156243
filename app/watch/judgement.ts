// A draft with all that is known around it: the way that it was to go, who refused it, who looked where it was not seen. So it becomes a trail.
import type { Connections } from './connections.ts';
import type { Coverage } from './coverage.ts';
import type { Draft } from './drafts.ts';
import type { FlowTable } from './flow-table.ts';
import type { ForetoldWays } from './foretold-ways.ts';
import type { LearnedWays } from './learned-ways.ts';
import type { Way } from './model.ts';
import type { Answer, Refusals } from './refusals.ts';
import type { Strays } from './strays.ts';
import { apartNs } from './tell-apart.ts';
import type { TrailContent } from './trail-book.ts';
import { alongWay, type TravelContext } from './travel-order.ts';
import { judge } from './verdict.ts';

const FIN = 0x01;
const SYN = 0x02;
const ACK = 0x10;

/** ns that a router holds a packet while it looks for the next one's MAC (three tries, net.ipv4.neigh.*.retrans_time_ms). */
const HELD_NS = 3_000_000_000;
/** ns after which an answer is another packet's: only then a router says that there is no neighbour. */
const WAITED_NS = 5_000_000_000;
/** ns: where clocks are farther apart than what is settled at once, an answer of another packet may look like this one's. */
const KNOWN_NS = 1_000_000_000;

const ELSEWHERE = 'a packet like it was seen under other addresses, and whether it is the same is not known';

const MISCOUNTED = 'another packet is like it, and not all of them were captured';

export interface JudgedDraft {
  readonly content: TrailContent;
  /** In the order of travel. */
  readonly visits: readonly number[];
  /** That it was to go; null: nobody knows. */
  readonly way: Way | null;
  /** It has gone as far as it can be followed, and clocks are known well enough that no other packet's sightings are among its own. */
  readonly isWhole: boolean;
}

export interface Surroundings {
  readonly travel: TravelContext;
  readonly connections: Connections;
  readonly refusals: Refusals;
  readonly coverage: Coverage;
  readonly foretold: ForetoldWays;
  readonly learned: LearnedWays;
  readonly strays: Strays;
  readonly flows: FlowTable;
  /** By place, addresses of the Pod whose namespace it is. */
  readonly receivers: ReadonlyMap<number, ReadonlySet<string>>;
}

export class Judgement {
  readonly #known: Surroundings;

  constructor(known: Surroundings) {
    this.#known = known;
  }

  /**
   * @param visible session time, ns: all that was seen before it is there; Infinity: more may come
   * @param patience ns after its first sighting, until it is missing elsewhere
   */
  of(draft: Draft, visible: number, patience: number): JudgedDraft {
    const { travel, connections, coverage } = this.#known;
    const { rows: drafted, range } = draft;
    const { at, visit, flow, number, flags, clock, sequence, length, detail, traits } = travel.sightings;
    const begins = drafted[0] ?? 0;
    const connection = connections.of(flow[begins] ?? 0);
    const way = this.#wayOf(drafted, connection);
    const rows = way === null ? drafted : alongWay(travel, drafted, way);
    const first = rows[0] ?? 0;
    const visits: number[] = [];
    const sightings: { visit: number; at: number; clock: number; number: number }[] = [];
    let [earliest, latest] = [Infinity, -Infinity];
    for (const row of rows) {
      const time = at[row] ?? 0;
      earliest = Math.min(earliest, time);
      latest = Math.max(latest, time);
      visits.push(visit[row] ?? 0);
      const seen = { visit: visit[row] ?? 0, at: time, clock: clock[row] ?? 0, number: number[row] ?? 0 };
      sightings.push(seen);
    }
    const held = this.#hasPassed(connection, visits) ? patience : Math.max(patience, HELD_NS);
    const judged = judge(
      {
        visits,
        after: {
          from: latest - travel.clocksNs(),
          to: Math.min(Math.max(earliest + (visible === Infinity ? patience : held), latest), visible),
        },
        way,
        received: this.#isReceived(rows.at(-1) ?? 0),
        final: visible !== Infinity,
        refusal: this.#answerTo(draft, earliest - travel.clocksNs(), Math.min(earliest + WAITED_NS, visible)),
        ambiguous:
          draft.ambiguous ?? (draft.counted ? this.#miscounted(rows, visits, earliest, latest) : null),
        elsewhere: draft.elsewhere ? ELSEWHERE : null,
      },
      travel.visits,
      coverage,
    );
    const { refusal } = judged;
    const begun = { connection, flow: flow[first] ?? 0, visit: visit[begins] ?? 0, at: earliest };
    const doubt =
      judged.verdict === 'dropped' && way !== null
        ? this.#known.strays.doubtOf({ ...begun, size: travel.sightings.size[first] ?? 0 }, latest, way)
        : null;
    const { verdict, stop, because } =
      doubt !== null ? { verdict: 'ambiguous' as const, stop: null, because: doubt } : judged;
    const content = {
      verdict,
      flow: begun.flow,
      connection,
      sightings,
      bytes: range?.length ?? length[first] ?? 0,
      isRange: range !== null,
      sequence: range?.sequence ?? sequence[first] ?? 0,
      flags: flags[first] ?? 0,
      identification: detail[first] ?? 0,
      traits: traits[first] ?? 0,
      stop,
      refusal,
      because,
    };
    return { content, visits, way, isWhole: judged.isWhole && apartNs(travel, rows) <= KNOWN_NS };
  }

  /** Where one of them was seen, another may have been missed; null: none was. */
  #miscounted(
    rows: readonly number[],
    visits: readonly number[],
    earliest: number,
    latest: number,
  ): string | null {
    const { travel, coverage } = this.#known;
    const apart = apartNs(travel, rows);
    const span = { from: earliest - apart, to: latest + apart };
    const isMissed = visits.some((number) => {
      const visit = travel.visits.at(number);
      const covered = visit === null ? 'no' : coverage.covered(visit, { ends: null, carried: false }, span);
      return covered === 'lost' || covered === 'no';
    });
    return isMissed ? MISCOUNTED : null;
  }

  /** It came into the namespace of the Pod that it is for. */
  #isReceived(row: number): boolean {
    const { travel, flows, receivers } = this.#known;
    const { visit, flow } = travel.sightings;
    const at = travel.visits.at(visit[row] ?? 0);
    if (at?.way !== 'in') return false;
    return receivers.get(at.place)?.has(flows.tuple(flow[row] ?? 0)?.destination ?? '') === true;
  }

  /** What was foretold of any of the connection's flows and passes where it was seen last; else what others of it did. */
  #wayOf(rows: readonly number[], connection: number): Way | null {
    const { travel, foretold, learned } = this.#known;
    const last = travel.sightings.visit[rows.at(-1) ?? 0] ?? 0;
    const way = foretold.of(connection, last);
    if (way !== null && way.end !== 'unknown' && passes(way, last)) return way;
    const seen = learned.of(connection);
    if (way === null || seen === null) return way ?? seen;
    if (!passes(seen, last)) return way;
    // What others were seen to do behind where nobody could foretell any more; what takes some of them there was foretold.
    return ahead(seen, last) > ahead(way, last) ? { ...seen, takes: takesOf(seen, way, last) } : way;
  }

  /** Others of its connection went on from where it was seen last: nobody there has to look for the next one's MAC. */
  #hasPassed(connection: number, visits: readonly number[]): boolean {
    const seen = this.#known.learned.of(connection);
    return seen !== null && ahead(seen, visits.at(-1) ?? 0) > 0;
  }

  #answerTo({ rows, range }: Draft, from: number, until: number): Answer | null {
    const { travel, refusals } = this.#known;
    const { flow, flags, sequence, length, detail, acknowledgement } = travel.sightings;
    const flows: number[] = [];
    for (const row of rows) {
      const one = flow[row] ?? 0;
      if (refusals.has(one) && !flows.includes(one)) flows.push(one);
    }
    if (flows.length === 0) return null;
    const row = rows[0] ?? 0;
    const start = range?.sequence ?? sequence[row] ?? 0;
    const payload = range?.length ?? length[row] ?? 0;
    const counted = flags[row] ?? 0;
    const ends = ((counted & SYN) === 0 ? 0 : 1) + ((counted & FIN) === 0 ? 0 : 1);
    return refusals.of(
      {
        flows,
        sequence: start,
        sequenceEnd: (start + payload + ends) >>> 0,
        acknowledgement: (counted & ACK) === 0 ? null : (acknowledgement[row] ?? 0),
        identification: detail[row] ?? 0,
        payload,
      },
      from,
      until,
    );
  }
}

/** How many visits are still to come; -1: it does not pass there. */
function ahead({ visits }: Way, last: number): number {
  const at = visits.findLastIndex(({ visit }) => visit === last);
  return at < 0 ? -1 : visits.length - 1 - at;
}

/** What takes packets behind `last`, by its place on the other way. */
function takesOf(way: Way, foretold: Way, last: number): Way['takes'] {
  const [at, there] = [way, foretold].map(({ visits }) =>
    visits.findLastIndex(({ visit }) => visit === last),
  );
  const taken = foretold.takes[there ?? -1];
  return at === undefined || taken === undefined ? {} : { [at]: taken };
}

function passes({ visits }: Way, last: number): boolean {
  return visits.some(({ visit }) => visit === last);
}
