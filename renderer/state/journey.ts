// One packet's journey, gone step by step: the packet of the selected line, and at which of its sightings one stands. With it comes the
// trace of the same way, whose hop of each place says which rule decided there.
import { create } from 'zustand';
import type { LaneView, TrailView } from '../../app/contract/trails.ts';
import type { TraceRequest } from '../../app/trace/model.ts';
import { askTrace, clearTrace, type Traced, useTrace } from './trace.ts';
import { useTrails } from './trails.ts';

export interface Journey {
  readonly trail: TrailView;
  /** Index of a sighting. */
  readonly at: number;
  /** It goes on by itself. */
  readonly playing: boolean;
}

interface JourneyState {
  /** Of the trail that the rest is about. */
  readonly trailId: number | null;
  readonly at: number;
  readonly playing: boolean;
  /** Which way it should go; null: nobody can ask. */
  readonly question: TraceRequest | null;
  /** The trace that the selection asked by itself: it goes with it. */
  readonly asked: TraceRequest | null;
}

export const useJourneyState = create<JourneyState>(() => ({
  ...{ trailId: null, at: 0, playing: false, question: null, asked: null },
}));

/** Null: no line is selected. A packet that was just selected has arrived: its whole way is shown. */
export function journeyOf(selected: readonly TrailView[], state: JourneyState): Journey | null {
  // The one that is drawn is the newest of those that are alike.
  const trail = selected.at(-1);
  if (trail === undefined || trail.sightings.length === 0) return null;
  const last = trail.sightings.length - 1;
  if (state.trailId !== trail.id) return { trail, at: last, playing: false };
  return { trail, at: Math.min(last, state.at), playing: state.playing };
}

export function useJourney(): Journey | null {
  const selected = useTrails((state) => state.selected);
  const state = useJourneyState();
  return journeyOf(selected, state);
}

function current(): Journey | null {
  return journeyOf(useTrails.getState().selected, useJourneyState.getState());
}

/** Stands still there. */
export function goToStep(at: number): void {
  const journey = current();
  if (journey === null) return;
  const { trail } = journey;
  const within = Math.max(0, Math.min(trail.sightings.length - 1, at));
  useJourneyState.setState({ trailId: trail.id, at: within, playing: false });
}

export function stepBy(by: number): void {
  goToStep((current()?.at ?? 0) + by);
}

/** From the beginning, where it has arrived. */
export function togglePlaying(): void {
  const journey = current();
  if (journey === null) return;
  const { trail, at, playing } = journey;
  const isOver = at === trail.sightings.length - 1;
  useJourneyState.setState({ trailId: trail.id, at: isOver ? 0 : at, playing: !playing });
}

/** One step further, as long as it plays. */
export function playOn(): void {
  const journey = current();
  if (journey?.playing !== true) return;
  const { trail, at } = journey;
  const next = Math.min(trail.sightings.length - 1, at + 1);
  useJourneyState.setState({ at: next, playing: next < trail.sightings.length - 1 });
}

/** Which way its packets should go. It is asked by itself unless the operator has asked something else. */
export function setJourneyQuestion(question: TraceRequest | null): void {
  const { asked: own, question: before } = useJourneyState.getState();
  if (isSame(question, before)) return;
  useJourneyState.setState({ question });
  const { asked, from, to, what } = useTrace.getState();
  const isOurs = asked === null || isSame(asked, own);
  if (!isOurs || isSame(question, asked)) return;
  const written = own === null ? { from: null, to: '', what: '' } : writtenOf(own);
  const isWriting = from !== written.from || to !== written.to || what !== written.what;
  // Somebody is about to ask something else: that is left as it stands.
  if (question === null || isWriting) {
    useJourneyState.setState({ asked: null });
    if (asked !== null) clearTrace();
    if (isWriting) useTrace.setState({ from, to, what });
    return;
  }
  useJourneyState.setState({ asked: question });
  askAlong(question);
}

/** The operator wants to see it: it stays when the selection goes. */
export function keepJourneyTrace(question: TraceRequest): void {
  useJourneyState.setState({ asked: null });
  askAlong(question);
}

function askAlong(question: TraceRequest): void {
  useTrace.setState(writtenOf(question));
  askTrace(question);
}

/** As it stands in the trace bar. */
function writtenOf({ from, to, proto, port }: TraceRequest): { from: string; to: string; what: string } {
  return { from, to, what: port === null ? proto : `${proto} ${String(port)}` };
}

function isSame(one: TraceRequest | null, other: TraceRequest | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The path of an answer that a packet went. */
interface Along {
  readonly shown: number | 'back';
  readonly hopOf: (lane: LaneView) => number | null;
  /** Which rule decided at each place; null: none that is sure. */
  readonly because: readonly (string | null)[];
}

/**
 * Which of an answer's paths leads along these places, and which of its hops the packet is at; null: none that it was seen on. Of those that
 * lead along as many the one that ends where the packet was seen last.
 */
export function alongPath(
  { paths, reverse }: Pick<Traced, 'paths' | 'reverse'>,
  places: readonly (LaneView | null)[],
): Along | null {
  const candidates = [
    ...paths.map((path, at) => ({ path, shown: at })),
    ...(reverse === null ? [] : [{ path: reverse, shown: 'back' as const }]),
  ];
  const scored = candidates.map(({ path, shown }) => {
    const hopOf = ({ interfaceId, way }: LaneView): number | null => {
      if (interfaceId === null) return null;
      // Who goes the other way comes in where this one goes out.
      const at = path.hops.findIndex(
        ({ ingressId, egressId }) =>
          (way !== 'out' && ingressId === interfaceId) || (way !== 'in' && egressId === interfaceId),
      );
      return at < 0 ? null : at;
    };
    const hops = places.map((place) => (place === null ? null : hopOf(place)));
    const passed = hops.filter((hop) => hop !== null).length;
    const endsThere = hops.at(-1) === path.hops.length - 1;
    const because = hops.map((hop, at) => {
      const on = hop === null ? undefined : path.hops[hop];
      const place = places[at];
      // It has left as that hop says, into a tunnel perhaps; else, seen next where this path does not lead, something else has decided.
      const hasLeft = place?.way === 'out' && on?.egressId === place.interfaceId;
      return on === undefined || (hops[at + 1] === null && !hasLeft) ? null : on.because;
    });
    return { shown, hopOf, because, rank: 2 * passed + Number(endsThere), passed };
  });
  const most = Math.max(0, ...scored.map(({ rank }) => rank));
  const alike = scored.filter(({ rank, passed }) => rank === most && passed > 0);
  const [best] = alike;
  if (best === undefined) return null;
  const { shown, hopOf, because } = best;
  // Where it may have gone several ways only what all of them say is sure.
  const isSure = (at: number): boolean => alike.every((other) => other.because[at] === because[at]);
  return { shown, hopOf, because: because.map((each, at) => (isSure(at) ? each : null)) };
}
