// What main tells of trails, which of them the page wishes to see, and what was chosen among them: ladder and flows show the same.
import { create } from 'zustand';
import { noTrailsView } from '../../app/contract/no-trails.ts';
import type { TrailsMessage, TrailsView, TrailView, TrailWindow } from '../../app/contract/trails.ts';
import { plainLines } from '../../app/plain-text.ts';
import type { StreamLink } from '../bridge/counted-stream.ts';
import { mended } from '../bridge/plain.ts';
import { type FlowRates, withTotals } from './flow-rates.ts';
import type { TalkChoice } from './talks.ts';

/** The contract's bounds. */
export const MOST_TRAILS = 300;
export const MOST_FLOWS = 200;

export interface TrailsState {
  readonly view: TrailsView;
  /** Those of the ladder's window told last, in the order in which they began. */
  readonly trails: readonly TrailView[];
  readonly link: StreamLink;
  readonly rates: FlowRates;
  /** Null: the busiest talk of the watched Pod. */
  readonly choice: TalkChoice | null;
  /** Key of the talk that the ladder shows; null: none yet. */
  readonly shownKey: string | null;
  /** Paused: none that began later is shown (ms since the epoch); null: going on. */
  readonly until: number | null;
  /** The trails of the selected line; they stay while others come. */
  readonly selected: readonly TrailView[];
  /** Ids of those among them that are not kept any more, or were taken back, before all was known of them. */
  readonly gone: ReadonlySet<number>;
}

const none: ReadonlySet<number> = new Set();

const nothingChosen = {
  trails: [],
  rates: new Map(),
  choice: null,
  shownKey: null,
  until: null,
  selected: [],
  gone: none,
};

export const useTrails = create<TrailsState>(() => ({
  view: noTrailsView,
  link: { state: 'connecting' },
  ...nothingChosen,
}));

/** Takes one frame's messages. @param now ms since the epoch */
export function takeTrails(messages: readonly TrailsMessage[], now: number): boolean {
  let state = useTrails.getState();
  // Names are nodes': what turns text around is made visible here, for every view.
  for (const message of messages.map((each) => mended(each, plainLines))) {
    if (message.type === 'view') {
      // Another run's flows and trails are others, and those that are counted anew have other numbers.
      if (!isOf(state.view, message.view)) state = { ...state, ...nothingChosen };
      const { view } = message;
      state = { ...state, view, rates: withTotals(state.rates, view.flows, now) };
    } else if (isOf(state.view, message)) {
      const { trails, window } = message;
      const known = { selected: newest(state.selected, trails), gone: goneOf(state, message) };
      // What was asked of the selected alone is not what the ladder shows, to which one may come back.
      state = window.ids === null ? { ...state, ...known, trails } : { ...state, ...known };
    }
  }
  useTrails.setState(state);
  if (!isLadderSeen) wishOfSelected();
  return true;
}

function isOf(view: TrailsView, told: Pick<TrailsView, 'run' | 'counting'>): boolean {
  return told.run === view.run && told.counting === view.counting;
}

/** A verdict that was revised is revised where it is looked at, too. */
function newest(selected: readonly TrailView[], told: readonly TrailView[]): readonly TrailView[] {
  if (selected.length === 0) return selected;
  const byId = new Map(told.map((trail) => [trail.id, trail]));
  return selected.map((trail) => byId.get(trail.id) ?? trail);
}

/** What was asked for by its number and is not told is not there. */
function goneOf(
  { gone, selected }: Pick<TrailsState, 'gone' | 'selected'>,
  { window: { ids }, trails }: Extract<TrailsMessage, { type: 'trails' }>,
): ReadonlySet<number> {
  const told = new Set(trails.map(({ id }) => id));
  const missing = selected.flatMap(({ id }) => (ids?.includes(id) === true && !told.has(id) ? [id] : []));
  return missing.length === 0 ? gone : new Set([...gone, ...missing]);
}

export function chooseTalk(choice: TalkChoice | null): void {
  useTrails.setState({ choice, trails: [], until: null });
  selectTrails([]);
}

export function keepShown(shownKey: string): void {
  if (useTrails.getState().shownKey !== shownKey) useTrails.setState({ shownKey });
}

export function selectTrails(selected: readonly TrailView[]): void {
  useTrails.setState({ selected, gone: none });
  if (!isLadderSeen) wishOfSelected();
}

export function pauseTrails(until: number | null): void {
  useTrails.setState({ until });
}

const useWish = create<{ readonly wish: TrailWindow }>(() => ({
  // Nobody has looked yet.
  wish: { type: 'window', ids: null, flows: null, verdicts: null, count: 0, until: null },
}));

/** What the ladder shows. */
export function wishTrails(wish: Omit<TrailWindow, 'type'>): void {
  isLadderSeen = true;
  wishFor(wish);
}

/** Another tab is in front. */
export function leaveLadder(): void {
  isLadderSeen = false;
  wishOfSelected();
}

let isLadderSeen = false;

/** A packet's journey goes on in the graph: what is found out of it later is to be said there, too. */
function wishOfSelected(): void {
  const { selected, gone } = useTrails.getState();
  const open = selected.filter(({ id, final }) => !final && !gone.has(id));
  // The newest is the one whose journey is drawn.
  const ids = open.map(({ id }) => id).slice(-MOST_TRAILS);
  wishFor({ ids, flows: null, verdicts: null, count: ids.length, until: null });
}

function wishFor(wish: Omit<TrailWindow, 'type'>): void {
  const next: TrailWindow = { type: 'window', ...wish };
  if (JSON.stringify(next) !== JSON.stringify(useWish.getState().wish)) useWish.setState({ wish: next });
}

export const trailWish = {
  current: (): TrailWindow => useWish.getState().wish,
  subscribe: (listener: () => void): (() => void) => useWish.subscribe(listener),
};
