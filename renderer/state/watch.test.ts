import { beforeEach, expect, it } from 'vitest';
import { noWatch, type PacketRows, type WatchView } from '../../app/contract/watch.ts';
import { onHighlights, passedAt, showInterfaces, takeHighlights, visibleWish } from './highlights.ts';
import { nothingPointed, packetWish, takePackets, useWatchState, watchedPod, wishRows } from './watch.ts';

const on: WatchView = {
  ...noWatch,
  run: 3,
  state: 'on',
  target: { podId: 'a', name: 'a', addresses: [] },
};

const rows: PacketRows = {
  run: 3,
  window: { type: 'window', from: null, count: 10, filter: '', until: null },
  first: 0,
  end: 0,
  from: 0,
  rows: [],
  filterError: null,
  scanned: 0,
  toScan: 0,
};

beforeEach(() => {
  useWatchState.setState({ view: noWatch, rows: null, known: false, wished: null, pointed: nothingPointed });
});

it('rows of another run are nothing to look at any more', () => {
  takePackets([
    { type: 'watch', view: on },
    { type: 'rows', rows },
  ]);
  useWatchState.setState({ pointed: ['nic'] });
  takePackets([{ type: 'watch', view: { ...on, packets: { total: 1, kept: 1, bytes: 9 } } }]);
  expect(useWatchState.getState()).toMatchObject({ rows, pointed: ['nic'], known: true });
  takePackets([{ type: 'watch', view: { ...on, run: 4 } }]);
  expect(useWatchState.getState()).toMatchObject({ rows: null, pointed: nothingPointed });
  takePackets([{ type: 'rows', rows }]);
  expect(useWatchState.getState().rows).toBeNull();
});

it('a wish holds until main shows a later run, or that none is on', () => {
  takePackets([{ type: 'watch', view: on }]);
  useWatchState.setState({ wished: { podId: 'b', afterRun: 3, granted: false } });
  takePackets([{ type: 'watch', view: { ...on } }]);
  expect(watchedPod(useWatchState.getState())).toBe('b');
  takePackets([{ type: 'watch', view: { ...on, run: 4, target: { podId: 'b', name: 'b', addresses: [] } } }]);
  expect(useWatchState.getState().wished).toBeNull();
  useWatchState.setState({ wished: { podId: null, afterRun: 4, granted: false } });
  takePackets([{ type: 'watch', view: { ...on, run: 4 } }]);
  expect(watchedPod(useWatchState.getState())).toBeNull();
  takePackets([{ type: 'watch', view: { ...on, run: 4, state: 'ended' } }]);
  expect(useWatchState.getState().wished).toBeNull();
});

it('a wish is not granted by the run of the Pod that was clicked before', () => {
  takePackets([{ type: 'watch', view: on }]);
  useWatchState.setState({ wished: { podId: 'c', afterRun: 3, granted: false } });
  takePackets([{ type: 'watch', view: { ...on, run: 4, target: { podId: 'b', name: 'b', addresses: [] } } }]);
  expect(watchedPod(useWatchState.getState())).toBe('c');
  takePackets([{ type: 'watch', view: { ...on, run: 5, target: { podId: 'c', name: 'c', addresses: [] } } }]);
  expect(useWatchState.getState().wished).toBeNull();
});

it('a granted wish ends with whatever run is later, and with the session', () => {
  useWatchState.setState({ view: on, wished: { podId: 'nameless', afterRun: 3, granted: true } });
  takePackets([{ type: 'watch', view: { ...on, run: 4, target: { podId: 'b', name: 'b', addresses: [] } } }]);
  expect(useWatchState.getState().wished).toBeNull();
  useWatchState.setState({ view: on, wished: { podId: 'b', afterRun: 3, granted: true } });
  takePackets([{ type: 'watch', view: noWatch }]);
  expect(useWatchState.getState().wished).toBeNull();
});

it('the same wish for rows is no new one', () => {
  let told = 0;
  const stop = packetWish.subscribe(() => {
    told += 1;
  });
  wishRows({ from: 5, count: 10, filter: 'x', until: null });
  wishRows({ from: 5, count: 10, filter: 'x', until: null });
  stop();
  expect([told, packetWish.current().from]).toEqual([1, 5]);
});

it('counts are summed for one run, and every listener hears of them', () => {
  const heard: number[] = [];
  const stop = onHighlights((items) => heard.push(items.length));
  const item = { interfaceId: 'nic', inbound: 2, outbound: 1, refused: 0 };
  takeHighlights([
    { type: 'highlights', run: 1, items: [item] },
    { type: 'highlights', run: 1, items: [item] },
  ]);
  expect([heard, passedAt('nic', 1), passedAt('nic', 2)]).toEqual([[2], { inbound: 4, outbound: 2 }, null]);
  takeHighlights([{ type: 'highlights', run: 2, items: [item] }]);
  stop();
  expect(passedAt('nic', 2)).toEqual({ inbound: 2, outbound: 1 });
});

it('main is told what is drawn only when it is something else, and never more than it takes', () => {
  let told = 0;
  const stop = visibleWish.subscribe(() => {
    told += 1;
  });
  showInterfaces(['a', 'b']);
  showInterfaces(['b', 'a', 'a']);
  expect(told).toBe(1);
  showInterfaces(Array.from({ length: 30_000 }, (_, index) => String(index)));
  stop();
  const wish = visibleWish.current();
  expect(wish?.type === 'visible' ? wish.interfaces.length : 0).toBe(20_000);
});
