// Cold start to a drawn graph of the lab, against an empty window of the same Electron: both with a fresh profile.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { whenDrawn } from './fixtures/drawn.ts';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { startLab } from './fixtures/lab.ts';
import { Windows } from './fixtures/window.ts';

const BUDGET = 2;
const NODES = 3;

/** The least that shows something. Of our window's size and safety, so that only what is in it differs. */
const EMPTY_MAIN = `const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => {
  const webPreferences = { sandbox: true, contextIsolation: true, nodeIntegration: false };
  new BrowserWindow({ width: 1440, height: 900, webPreferences }).loadFile('index.html');
});
app.on('window-all-closed', () => app.quit());
`;

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

async function emptyProgram(inside: string): Promise<string> {
  const folder = path.join(inside, 'empty');
  await mkdir(folder);
  await writeFile(
    path.join(folder, 'package.json'),
    '{ "name": "empty", "version": "1.0.0", "main": "main.js" }',
  );
  await writeFile(path.join(folder, 'main.js'), EMPTY_MAIN);
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>Empty</title><p>Empty</p>');
  return folder;
}
