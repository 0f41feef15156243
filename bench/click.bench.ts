// From the click on a Pod to its first packet in the page and to the first highlight on the graph, with traffic flowing: each time in a program just started,
// where nothing is warm, and once more after another Pod.
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { whenDrawn } from './fixtures/drawn.ts';
import { report, ROUNDS, rounds, tellLoad } from './fixtures/figures.ts';
import { startLab } from './fixtures/lab.ts';
import { finish } from './fixtures/program.ts';
import { Windows } from './fixtures/window.ts';

const BUDGET_MS = 300;
const NODES = 3;
const INTERVAL_MS = 20;
const FEWEST_PPS = 200;
const POD = 'c2c-network-demo';
const FIRST_POD = new RegExp(`^Pod default/${POD} `);
const OTHER_POD = 'c2c-network-demo-w2';
const ADDRESS = '192.168.1.2';
const LIMIT_MS = 20_000;
/** Until a program just started has listed and read what it goes on reading once its graph is drawn: here kubectl runs on the same cores. */
const LISTED_MS = 3_000;

tellLoad('at the start');
await using windows = await Windows.prepare();
const { owner } = windows;
await using lab = await startLab('click', {
  nodes: NODES,
  pods: 2,
  ...(owner === undefined ? {} : { owner }),
});
await lab.traffic(INTERVAL_MS);
const ssh = ['-F', lab.client.sshConfig, 'k8s-worker-1'];
await tellTraffic();

/** ms from the click until a row of the Pod's watch is in the table, and until a frame with it is painted. */
interface Waited {
  readonly inDom: number;
  readonly shown: number;
  /** … until the first frame with a highlight is drawn. */
  readonly lit: number;
}

const inDom: number[] = [];
const lit: number[] = [];
const litLater: number[] = [];
const again: number[] = [];
const program = { args: ['--cluster', lab.client.cluster] };
const values = await rounds(ROUNDS, {
  later: async () => {
    await using window = await windows.open(program);
    await whenDrawn(window.page, NODES, FIRST_POD);
    await pause(LISTED_MS);
    const later = await click(window.page, POD);
    litLater.push(later.lit);
    return later.shown;
  },
  first: async () => {
    await using window = await windows.open(program);
    const { page } = window;
    await whenDrawn(page, NODES, FIRST_POD);
    const first = await click(page, POD);
    await click(page, OTHER_POD);
    again.push((await click(page, POD)).shown);
    inDom.push(first.inDom);
    lit.push(first.lit);
    return first.shown;
  },
  ssh: async () =>
    (await finish('ssh', [...ssh, `tcpdump -i any -n --immediate-mode -c 1 -w /dev/null host ${ADDRESS}`]))
      .ms,
});
const reference = {
  name: '`ssh NODE tcpdump --immediate-mode -c 1`, its login included',
  values: values.ssh,
};
report({
  name: 'click on a Pod to its first packet on the screen, in a program just started',
  measured: values.first,
  unit: 'ms',
  reference,
  budget: { of: 'value', atMost: BUDGET_MS },
});
report({ name: '… to its row in the page', measured: inDom, unit: 'ms', reference, budget: null });
report({
  name: '… to the first highlight on the graph',
  measured: lit,
  unit: 'ms',
  reference,
  budget: { of: 'value', atMost: BUDGET_MS },
});
report({
  name: `… ${LISTED_MS / 1000} s after its graph was drawn, to the first packet on the screen`,
  measured: values.later,
  unit: 'ms',
  reference,
  budget: { of: 'value', atMost: BUDGET_MS },
});
report({
  name: '… to the first highlight on the graph then',
  measured: litLater,
  unit: 'ms',
  reference,
  budget: { of: 'value', atMost: BUDGET_MS },
});
report({
  name: '… clicked again, after another Pod',
  measured: again,
  unit: 'ms',
  reference,
  budget: { of: 'value', atMost: BUDGET_MS },
});
tellLoad('at the end');

/** The Pod's packets at its own interface; a click's time would say nothing without enough of them. */
async function tellTraffic(): Promise<void> {
  const seconds = 3;
  const count = `timeout ${seconds} tcpdump -i any -n -w /dev/null host ${ADDRESS} 2>&1 | grep captured; true`;
  const { stdout } = await finish('ssh', [...ssh, count]);
  const pps = Number(/^(\d+) packets captured/m.exec(stdout)?.[1]) / seconds;
  console.log(`traffic: ${pps.toFixed(0)} packets of ${POD} a second on its node`);
  if (!(pps >= FEWEST_PPS))
    throw new Error(`the lab's traffic is not ${FEWEST_PPS} packets a second: ${stdout}`);
}

/**
 * A real press of the mouse on the Pod's row of the tree, timed from the browser's own time of the click. Rows of an
 * earlier watch do not count: those in the table are of the watch that the top bar names.
 */
async function click(page: Page, pod: string): Promise<Waited> {
  const row = page.getByTestId(`tree-pod-${pod}`);
  await row.scrollIntoViewIfNeeded();
  await page.evaluate(`void (window.firstRow = new Promise((resolve, reject) => {
    const rows = () => document.querySelectorAll('[data-testid="packets-table"] [role="row"][data-number]').length;
    const watched = () => /^watching default\\/([\\w-]+)/.exec(document.querySelector('[data-testid="watch-state"] .truncate')?.textContent ?? '')?.[1];
    let clicked = null;
    const timer = setTimeout(() => {
      observer.disconnect();
      drawn.disconnect();
      reject(new Error(clicked === null ? 'no click came' : \`\${rows()} rows while \${watched()} is watched\`));
    }, ${LIMIT_MS});
    const told = {};
    const tell = (part) => {
      Object.assign(told, part);
      if (told.shown === undefined || told.lit === undefined) return;
      clearTimeout(timer);
      resolve(told);
    };
    // The page marks each frame in which it draws highlights.
    const drawn = new PerformanceObserver((list) => {
      const [first] = list.getEntriesByName('hopscope.highlights').filter((each) => clicked !== null && each.startTime > clicked);
      if (first === undefined) return;
      drawn.disconnect();
      tell({ lit: first.startTime + first.duration - clicked });
    });
    drawn.observe({ entryTypes: ['measure'] });
    const observer = new MutationObserver(() => {
      if (clicked === null || rows() === 0 || watched() !== '${pod}') return;
      observer.disconnect();
      const inDom = performance.now() - clicked;
      // The frame that shows it is painted before the one after it begins.
      requestAnimationFrame(() => requestAnimationFrame(() => tell({ inDom, shown: performance.now() - clicked })));
    });
    observer.observe(document.documentElement, { subtree: true, childList: true, characterData: true });
    window.addEventListener('click', (event) => { clicked = event.timeStamp; }, { capture: true, once: true });
  }))`);
  await row.click();
  return page.evaluate<Waited>('window.firstRow');
}
