// Cold start to a drawn graph of the lab, against an empty window of the same Electron: both with a fresh profile.
import { whenDrawn } from './fixtures/drawn.ts';
import { emptyProgram } from './fixtures/empty-program.ts';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { startLab } from './fixtures/lab.ts';
import { Windows } from './fixtures/window.ts';

const BUDGET = 2;
const NODES = 3;

/** Of the empty page's first paint, as Chromium itself recorded it (Paint Timing); ms since the epoch. */
const FIRST_PAINT = `new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('the empty window painted nothing')), 20000);
  new PerformanceObserver((list) => resolve(performance.timeOrigin + list.getEntries()[0].startTime))
    .observe({ type: 'paint', buffered: true });
})`;

tellLoad('at the start');
await using windows = await Windows.prepare();
const { owner } = windows;
await using lab = await startLab('start', {
  nodes: NODES,
  pods: 2,
  ...(owner === undefined ? {} : { owner }),
});
const empty = await emptyProgram(windows.folder);

const values = await rounds(ROUNDS, {
  ours: async () => {
    await using window = await windows.open({ args: ['--cluster', lab.client.cluster] });
    return (await whenDrawn(window.page, NODES)) - window.startedAt;
  },
  empty: async () => {
    await using window = await windows.open({ app: empty });
    return (await window.page.evaluate<number>(FIRST_PAINT)) - window.startedAt;
  },
});
report({
  name: `cold start to a drawn graph of the lab's ${NODES} nodes`,
  measured: values.ours,
  unit: 'ms',
  reference: { name: "an empty Electron window's first paint", values: values.empty },
  budget: { of: 'ratio', atMost: BUDGET },
});
tellLoad('at the end');
