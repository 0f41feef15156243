import { beforeEach, expect, it } from 'vitest';
import { noTrailsView } from '../../app/contract/no-trails.ts';
import type { FlowView, TrailsView, TrailView } from '../../app/contract/trails.ts';
import { meanRate, secondsUntil } from './flow-rates.ts';
import {
  chooseTalk,
  leaveLadder,
  pauseTrails,
  selectTrails,
  takeTrails,
  trailWish,
  useTrails,
  wishTrails,
} from './trails.ts';

const window = { type: 'window', ids: null, flows: null, verdicts: null, count: 9, until: null } as const;
const flow = (packets: number, lasting = 500): FlowView => ({
  ...{
    id: 1,
    protocol: 'TCP',
    isTranslated: false,
    isCarried: false,
    mayQuote: false,
    bytes: 0,
    hops: [],
    first: 0,
    last: lasting,
    health: [],
  },
  source: { address: '10.0.0.2', port: 40_000, name: null },
  destination: { address: '10.0.0.3', port: 80, name: null },
  counts: { ...noTrailsView.counts, delivered: packets },
});
const view = (run: number, flows: readonly FlowView[] = []): TrailsView => ({ ...noTrailsView, run, flows });
const trail = (id: number, revision = 1): TrailView => ({
  ...{ id, revision, verdict: 'inFlight', final: false, flow: 1, at: id, bytes: 0, summary: '' },
  ...{ sightings: [], stop: null, because: null },
});
const tell = (packets: number, seconds: number, lasting?: number): void => {
  takeTrails([{ type: 'view', view: view(1, [flow(packets, lasting)]) }], seconds * 1000);
};

beforeEach(() => {
  takeTrails([{ type: 'view', view: { ...noTrailsView, run: -1 } }], 0);
});

it('takes trails of the run that is shown; another run forgets what was chosen', () => {
  takeTrails(
    [
      { type: 'view', view: view(1) },
      { type: 'trails', run: 1, counting: 0, window, trails: [trail(1)] },
    ],
    0,
  );
  takeTrails([{ type: 'trails', run: 2, counting: 0, window, trails: [] }], 0);
  expect(useTrails.getState().trails).toEqual([trail(1)]);
  chooseTalk({ kind: 'flow', id: 1 });
  pauseTrails(5);
  selectTrails([trail(1)]);
  takeTrails([{ type: 'view', view: view(2) }], 0);
  expect(useTrails.getState()).toMatchObject({ trails: [], choice: null, until: null, selected: [] });
});

it('what is counted anew has other numbers: nothing that was chosen is of it', () => {
  takeTrails([{ type: 'view', view: view(1) }], 0);
  takeTrails([{ type: 'trails', run: 1, counting: 0, window, trails: [trail(7)] }], 0);
  selectTrails([trail(7)]);
  takeTrails([{ type: 'view', view: { ...view(1), counting: 1 } }], 0);
  expect(useTrails.getState()).toMatchObject({ trails: [], selected: [], gone: new Set() });
  // Told before, and come late.
  takeTrails([{ type: 'trails', run: 1, counting: 0, window, trails: [trail(7)] }], 0);
  expect(useTrails.getState().trails).toEqual([]);
});

it('what turns a text around is made visible', () => {
  const summary = 'SYN \u202e1 → 2';
  const told = { ...trail(1), summary };
  takeTrails(
    [
      { type: 'view', view: view(1) },
      { type: 'trails', run: 1, counting: 0, window, trails: [told] },
    ],
    0,
  );
  expect(useTrails.getState().trails[0]?.summary).not.toContain('\u202e');
});

it('a selected trail stays when others come, and is revised when it is', () => {
  takeTrails(
    [
      { type: 'view', view: view(1) },
      { type: 'trails', run: 1, counting: 0, window, trails: [trail(1)] },
    ],
    0,
  );
  selectTrails([trail(1)]);
  takeTrails([{ type: 'trails', run: 1, counting: 0, window, trails: [trail(1, 2), trail(2)] }], 0);
  takeTrails([{ type: 'trails', run: 1, counting: 0, window, trails: [trail(2)] }], 0);
  expect(useTrails.getState().selected).toEqual([trail(1, 2)]);
});

it('keeps packets a second of each flow, of the last minute', () => {
  tell(3, 100);
  tell(5, 100.9);
  tell(9, 102);
  // Taken back: a packet was told too early.
  tell(8, 103);
  const rate = useTrails.getState().rates.get(1);
  expect(rate?.seconds).toEqual([5, 0, 4, 0]);
  if (rate === undefined) return;
  expect(secondsUntil(rate, 105)).toEqual([5, 0, 4, 0, 0, 0]);
  expect(meanRate(rate, 105)).toBe(4 / 5 + 5 / 5);
  expect(secondsUntil(rate, 10_000)).toEqual(Array.from({ length: 60 }, () => 0));
});

it('what was told late of a flow is no burst of this moment', () => {
  tell(5_000, 100, 60_000);
  tell(5_002, 101, 61_000);
  expect(useTrails.getState().rates.get(1)?.seconds).toEqual([0, 2]);
});

it('says a wish again only when it is another one', () => {
  let said = 0;
  const stop = trailWish.subscribe(() => (said += 1));
  wishTrails({ ids: null, flows: [1, 2], verdicts: null, count: 300, until: null });
  wishTrails({ ids: null, flows: [1, 2], verdicts: null, count: 300, until: null });
  wishTrails({ ids: null, flows: [1], verdicts: null, count: 300, until: null });
  stop();
  expect(said).toBe(2);
  expect(trailWish.current()).toMatchObject({ flows: [1] });
});

it('of a packet whose journey is looked at it is still asked what became of it when another tab is in front', () => {
  takeTrails([{ type: 'view', view: view(1) }], 0);
  wishTrails({ ids: null, flows: [1, 2], verdicts: null, count: 300, until: null });
  selectTrails([trail(7)]);
  leaveLadder();
  const asked = { ...window, ids: [7], count: 1 };
  expect(trailWish.current()).toEqual(asked);
  const final = { ...trail(7, 2), final: true, verdict: 'delivered' } as const;
  takeTrails([{ type: 'trails', run: 1, counting: 0, window: asked, trails: [final] }], 0);
  expect(useTrails.getState().selected).toEqual([final]);
  // Nothing of it will change any more.
  const none = { ...window, ids: [], count: 0 };
  expect(trailWish.current()).toEqual(none);
  selectTrails([trail(8)]);
  expect(trailWish.current()).toMatchObject({ ids: [8], count: 1 });
  selectTrails([]);
  expect(trailWish.current()).toEqual(none);
});

it('what is told of the selected packets in another tab takes the place of nothing that the ladder shows', () => {
  const shown = [trail(7), trail(8), trail(9)];
  takeTrails(
    [
      { type: 'view', view: view(1) },
      { type: 'trails', run: 1, counting: 0, window, trails: shown },
    ],
    0,
  );
  wishTrails({ ids: null, flows: [1], verdicts: null, count: 300, until: null });
  selectTrails([trail(7), trail(8)]);
  leaveLadder();
  const [seven, eight] = [{ ...trail(7, 2), final: true }, trail(8, 2)];
  const asked = (...ids: number[]) => ({ ...window, ids, count: ids.length });
  takeTrails([{ type: 'trails', run: 1, counting: 0, window: asked(7, 8), trails: [seven, eight] }], 0);
  takeTrails([{ type: 'trails', run: 1, counting: 0, window: asked(8), trails: [eight] }], 0);
  expect(useTrails.getState()).toMatchObject({ trails: shown, selected: [seven, eight] });
});

it('what was a guess and is not kept any more, or was taken back, is said to be so, and asked for no longer', () => {
  takeTrails([{ type: 'view', view: view(1) }], 0);
  leaveLadder();
  selectTrails([trail(7), trail(8)]);
  // Told to the ladder before: it says nothing of what it was not asked for.
  takeTrails([{ type: 'trails', run: 1, counting: 0, window, trails: [] }], 0);
  expect([...useTrails.getState().gone]).toEqual([]);
  const asked = { ...window, ids: [7, 8], count: 2 };
  expect(trailWish.current()).toEqual(asked);
  takeTrails([{ type: 'trails', run: 1, counting: 0, window: asked, trails: [trail(8, 2)] }], 0);
  expect(useTrails.getState()).toMatchObject({ selected: [trail(7), trail(8, 2)], gone: new Set([7]) });
  expect(trailWish.current()).toMatchObject({ ids: [8] });
  selectTrails([trail(9)]);
  expect(useTrails.getState().gone.size).toBe(0);
});
