// What became of a packet, from where it was seen, where it was to be seen next, and who looked there. "Dropped" is said only where somebody
// looked, lost nothing, and has passed the packet's time; what nobody can know is "not captured".
import type { Coverage, Covered, Span } from './coverage.ts';
import type { Refusal, Trail, Verdict, Way } from './model.ts';
import { NO_VISIT, type Visits } from './visits.ts';

export interface Judged extends Pick<Trail, 'stop' | 'refusal' | 'because'> {
  readonly verdict: Verdict;
  /** It has gone as far as it can be followed: nothing of it is missing any more. */
  readonly isWhole: boolean;
}

export interface SeenPacket {
  /** Visits in the order of its travel. */
  readonly visits: readonly number[];
  /** Between its last sighting and now it may have been seen elsewhere; session time. */
  readonly after: Span;
  readonly way: Way | null;
  /** Its last visit is its receiver's. */
  readonly received: boolean;
  /** Nothing more will be known of it. */
  readonly final: boolean;
  readonly refusal: { readonly refusal: Refusal; readonly isSure: boolean } | null;
  /** Why its sightings may be another packet's; null: they are its own. */
  readonly ambiguous: string | null;
  /** Why it may have been seen elsewhere, unrecognised; null: it was not. */
  readonly elsewhere: string | null;
}

const UNKNOWN = 'where it was to go next is not known';

const DELIVERED: Judged = { verdict: 'delivered', stop: null, refusal: null, because: null, isWhole: true };
const plain = { stop: null, refusal: null, because: null, isWhole: false } as const;

export function judge(packet: SeenPacket, visits: Visits, coverage: Coverage): Judged {
  const { ambiguous, elsewhere, refusal, way } = packet;
  if (ambiguous !== null) return { ...plain, verdict: 'ambiguous', because: ambiguous };
  const last = packet.visits.at(-1) ?? NO_VISIT;
  const at = way === null ? -1 : furthest(way, packet.visits);
  const hasArrived = packet.received || (way?.end === 'delivered' && at >= 0 && at === way.visits.length - 1);
  if (refusal !== null && (hasArrived ? refusal.isSure : elsewhere === null))
    return { ...plain, verdict: 'rejected', refusal: refusal.refusal, isWhole: refusal.isSure };
  if (hasArrived) return DELIVERED;
  if (elsewhere !== null) return { ...plain, verdict: 'ambiguous', because: elsewhere };
  if (way === null) return packet.final ? notCaptured(UNKNOWN) : { ...plain, verdict: 'inFlight' };
  if (!way.visits.some(({ visit }) => visit === last))
    return notCaptured('it went another way than foretold');
  const stop = way.visits[at]?.visit ?? last;
  return at === way.visits.length - 1 ? behindTheLast(stop) : onItsWay(stop, at);

  function behindTheLast(after: number): Judged {
    if (way?.end === 'leaves')
      return { ...notCaptured('it has left for where nobody captures'), isWhole: true };
    if (way?.end !== 'stops') return notCaptured(UNKNOWN);
    const here = visits.at(after);
    const as = way.visits[at];
    const covered = here === null || as === undefined ? 'no' : coverage.covered(here, as, packet.after);
    if (covered === 'pending') return { ...plain, verdict: 'inFlight' };
    if (covered !== 'yes') return notCaptured(lostOrNot(covered));
    return { ...plain, verdict: 'dropped', stop: { after, before: null }, because: way.takes[at] ?? null };
  }

  function onItsWay(after: number, from: number): Judged {
    const told = (way?.visits ?? []).slice(from + 1).map((as) => {
      const visit = visits.at(as.visit);
      return {
        visit: as.visit,
        covered: visit === null ? ('no' as const) : coverage.covered(visit, as, packet.after),
      };
    });
    if (told.some(({ covered }) => covered === 'pending')) return { ...plain, verdict: 'inFlight' };
    const first = told.find(({ covered }) => covered !== 'no');
    if (first?.covered !== 'yes') return notCaptured(lostOrNot(first?.covered ?? 'no'));
    return {
      ...plain,
      verdict: 'dropped',
      stop: { after, before: first.visit },
      because: way?.takes[from] ?? null,
    };
  }
}

/** How far it got: whatever order clocks suggest, it passed what lies before. -1: it was not seen on that way. */
function furthest(way: Way, visits: readonly number[]): number {
  for (let at = way.visits.length - 1; at >= 0; at -= 1)
    if (visits.includes(way.visits[at]?.visit ?? NO_VISIT)) return at;
  return -1;
}

function lostOrNot(covered: Covered): string {
  return covered === 'lost' ? 'the next capture lost packets then' : 'nobody captured behind there';
}

function notCaptured(because: string): Judged {
  return { ...plain, verdict: 'notCaptured', because };
}
