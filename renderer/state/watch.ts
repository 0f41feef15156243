// What main tells of the watch, and which rows the page wishes to see.
import { create } from 'zustand';
import type { PacketRows, PacketsMessage, PacketWindow } from '../../app/contract/watch.ts';
import { noWatch, type WatchView } from '../../app/contract/watch-view.ts';
import type { StreamLink } from '../bridge/counted-stream.ts';

export interface WatchWish {
  /** The Pod to watch; null: nothing any more. */
  readonly podId: string | null;
  /** The view's run when it was asked for: a later one of that Pod is the answer. */
  readonly afterRun: number;
  /** Main has said yes: whatever later run it shows is the answer, or none when the session was left meanwhile. */
  readonly granted: boolean;
}

export interface WatchState {
  readonly view: WatchView;
  /** The rows told last; null before the first and after a fresh start. */
  readonly rows: PacketRows | null;
  readonly link: StreamLink;
  /** Whether main has said since this page was opened how the watch stands. */
  readonly known: boolean;
  /** What this page has asked for and main's view does not show yet. */
  readonly wished: WatchWish | null;
  /** The interfaces at which the packet in the selected row, or of the selected line, was seen. */
  readonly pointed: readonly string[];
}

/** One object, so that nothing changes where nothing was pointed at. */
export const nothingPointed: readonly string[] = [];

export const useWatchState = create<WatchState>(() => ({
  view: noWatch,
  rows: null,
  link: { state: 'connecting' },
  known: false,
  wished: null,
  pointed: nothingPointed,
}));

/** Takes one frame's messages. Rows of another run than the view's are not shown beside it. */
export function takePackets(messages: readonly PacketsMessage[]): boolean {
  const before = useWatchState.getState();
  let { view, rows, known } = before;
  for (const message of messages) {
    if (message.type === 'watch') {
      if (message.view.run !== view.run) rows = null;
      view = message.view;
      known = true;
    } else if (message.rows.run === view.run) rows = message.rows;
  }
  const pointed = view.run === before.view.run ? before.pointed : nothingPointed;
  const wished = before.wished !== null && fulfils(view, before.wished) ? null : before.wished;
  useWatchState.setState({ view, rows, known, pointed, wished });
  return true;
}

function fulfils(view: WatchView, wish: WatchWish): boolean {
  if (wish.podId === null) return view.state !== 'on';
  if (wish.granted) return view.run > wish.afterRun || view.state === 'off';
  // A click between two views: the run of the Pod clicked before comes first.
  return view.run > wish.afterRun && view.target?.podId === wish.podId;
}

/** The Pod that is watched, or will be in a moment; null: none. */
export function watchedPod({ view, wished }: Pick<WatchState, 'view' | 'wished'>): string | null {
  if (wished !== null) return wished.podId;
  return view.state === 'on' ? (view.target?.podId ?? null) : null;
}

/** All packets of the Pod are captured: neither those with one other end alone, nor those that a filter of one's own lets through. */
export function capturesAll({ view }: Pick<WatchState, 'view'>): boolean {
  return view.only === null && view.expression === null;
}

/** The window's first wish: the last rows of all. None are drawn yet, so that few are enough. */
const firstWish: PacketWindow = { type: 'window', from: null, count: 50, filter: '', until: null };

const usePacketWish = create<{ readonly wish: PacketWindow }>(() => ({ wish: firstWish }));

export function wishRows(wish: Omit<PacketWindow, 'type'>): void {
  const { wish: last } = usePacketWish.getState();
  if (
    last.from === wish.from &&
    last.count === wish.count &&
    last.filter === wish.filter &&
    last.until === wish.until
  )
    return;
  usePacketWish.setState({ wish: { type: 'window', ...wish } });
}

export const packetWish = {
  current: (): PacketWindow => usePacketWish.getState().wish,
  subscribe: (listener: () => void): (() => void) => usePacketWish.subscribe(listener),
};
