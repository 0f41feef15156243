// What goes wrong while a Pod is watched: each ends in a true statement on the screen, bounded memory, clean nodes.
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { flood } from './fixtures/flood.ts';
import { until } from './fixtures/processes.ts';
import { expect, test } from './fixtures/test.ts';
import type { Program } from './fixtures/program.ts';
import {
  capturesRunning,
  DEMO,
  expectNoCapture,
  HOST_POINTS,
  INSIDE_DEMO,
  INSIDE_PEER,
  packetsSeen,
  watchDemo,
  whenSeenAt,
} from './fixtures/watching.ts';
import { choose, whenDrawn } from './fixtures/window-page.ts';

const FROZEN_MS = 5_000;
/** The ring (256 MB) and a worker's heap; rows in sight and a garbage collection that has not come. */
const MAIN_GROWTH_MB = 600;
const PAGE_GROWTH_MB = 150;
const onWorker2 = HOST_POINTS.filter((label) => label.startsWith('k8s-worker-2/'));
const onWorker1 = HOST_POINTS.filter((label) => label.startsWith('k8s-worker-1/'));

/** What is not as it should be, as the window says it; every sentence, shown or folded. */
async function expectSaid({ page }: Program, sentence: RegExp): Promise<void> {
  await expect(page.getByTestId('watch-state')).toHaveAttribute('title', sentence, { timeout: 20_000 });
  await expect(page.getByTestId('watch-sentences')).toBeVisible();
}

test('SSH cut while watching: said, the others go on, and the node is captured again by itself', async ({
  program,
  lab,
}) => {
  test.setTimeout(120_000);
  const { page } = program;
  await watchDemo(page);
  await whenSeenAt(page, HOST_POINTS);
  await lab.fault('sshd-kill', 'k8s-worker-2');
  await expectSaid(
    program,
    /k8s-worker-2 is not connected, or not read yet; it is captured as soon as it is/,
  );
  await until(
    'no capture on the node that was cut off',
    async () => !(await capturesRunning(lab)).some((line) => line.startsWith('k8s-worker-2')),
    15_000,
    200,
  );
  await whenSeenAt(page, onWorker1, { before: await packetsSeen(page) });
  await lab.mend();
  await whenSeenAt(page, onWorker2, { before: await packetsSeen(page), within: 60_000 });
  // The gap stays said: a packet of that time is not missing from the wire.
  await expectSaid(program, /Nothing was captured at k8s-worker-2 from \d\d:\d\d:\d\d to/);
  await choose(page, 'node-k8s-master');
  await expectNoCapture(lab, 'after a click elsewhere', 5_000);
});

test('a node rebooted while watched: its gap is said, it is captured again by itself, what was captured stays', async ({
  program,
  lab,
}) => {
  test.setTimeout(120_000);
  const { page } = program;
  await watchDemo(page);
  await whenSeenAt(page, [...HOST_POINTS, INSIDE_PEER]);
  const before = await packetsSeen(page);
  await lab.reboot('k8s-worker-2');
  await expectSaid(program, /Nothing was captured at k8s-worker-2 from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d: /);
  await whenSeenAt(page, [...onWorker2, INSIDE_PEER], { before, within: 60_000 });
  for (const [label, packets] of before)
    expect((await packetsSeen(page)).get(label), label).toBeGreaterThanOrEqual(packets);
  await choose(page, 'node-k8s-master');
  await expectNoCapture(lab, 'after a click elsewhere', 5_000);
});

test('tcpdump killed: started again, and the gap is said; a filter that is refused is said by every node', async ({
  program,
  lab,
}) => {
  const { page } = program;
  await watchDemo(page);
  await whenSeenAt(page, HOST_POINTS);
  await lab.exec('k8s-worker-2', 'kill -9 $(ps -eo pid=,comm= | awk \'$2 == "tcpdump" { print $1 }\')');
  await whenSeenAt(page, [...onWorker2, INSIDE_PEER], { before: await packetsSeen(page) });
  await expectSaid(
    program,
    /Nothing was captured at k8s-worker-2 from .*: tcpdump on k8s-worker-2 was ended by somebody else/,
  );
  // All of them run again, and no more is said of those that they replace.
  await expect(page.getByTestId('watch-state')).toContainText(/^watching default\/c2c-network-demo\d/);

  await page.getByTestId('capture-filter').click();
  await page.getByTestId('capture-expression').fill('tcp port nonsense');
  await page.getByTestId('capture-expression').press('Enter');
  await expect(page.getByTestId('watch-state')).toContainText('nothing is captured of');
  await expectSaid(program, /tcpdump on k8s-worker-2 refuses this filter: .*nonsense/);
  await expectNoCapture(lab, 'with a refused filter', 5_000);
});

test('tcpdump missing on a node: said, and the others are captured', async ({ program, lab }) => {
  const { page } = program;
  await lab.fault('hide-tool', 'k8s-worker-2', 'tcpdump');
  await choose(page, DEMO);
  await whenSeenAt(page, [...onWorker1, INSIDE_DEMO]);
  await expectSaid(program, /There is no tcpdump on k8s-worker-2: install the package tcpdump/);
  await expect(page.getByTestId('watch-state')).toContainText(/, \d of \d captures/);
  await page.getByTestId('watch-stop').click();
  await expectNoCapture(lab, 'after stopping', 5_000);
});

test('without the rights to capture: said, never an empty table that looks like silence', async ({
  lab,
  launch,
}) => {
  const program = await launch({ args: ['--cluster', lab.client.clusterRights] });
  const { page } = program;
  await whenDrawn(
    page,
    lab.nodes.map((node) => node.name),
  );
  await choose(page, DEMO);
  await expectSaid(program, /This login may not capture on k8s-worker-2: log in as root/);
  await page.getByTestId('node-k8s-master').click();
  await expectNoCapture(lab, 'after a click elsewhere', 5_000);
});

test('50,000 packets a second, and the page frozen for 5 s: memory is bounded, what was lost is said', async ({
  program,
  lab,
}) => {
  const { page } = program;
  const [main] = await program.pids('browser');
  const [renderer] = await program.pids('renderer');
  await watchDemo(page);
  await whenSeenAt(page, [...HOST_POINTS, INSIDE_PEER]);
  const before = { main: await residentMb(main), page: await residentMb(renderer) };
  // Each is captured at six vantage points.
  const flooding = flood(lab, { rate: 10_000, seconds: 6 });
  process.kill(renderer ?? -1, 'SIGSTOP');
  await pause(FROZEN_MS);
  process.kill(renderer ?? -1, 'SIGCONT');
  const sent = await flooding;
  const { value, ms } = await until(
    'every packet sent is told of, or counted as lost',
    async () => {
      const told = await toldPackets(page);
      return told.total + told.lost >= 6 * sent ? told : null;
    },
    30_000,
  );
  const after = { main: await residentMb(main), page: await residentMb(renderer) };
  console.log(
    `  ${String(sent)} sent: ${String(value.total)} decoded, ${String(value.lost)} lost, told ${String(Math.round(ms))} ms later; ` +
      `main ${String(before.main)} → ${String(after.main)} MB, page ${String(before.page)} → ${String(after.page)} MB`,
  );
  expect(after.main - before.main, 'main: the ring and what is under way').toBeLessThan(MAIN_GROWTH_MB);
  expect(after.page - before.page, 'the page: rows in sight').toBeLessThan(PAGE_GROWTH_MB);
  await choose(page, 'node-k8s-master');
  await expectNoCapture(lab, 'after the flood', 5_000);
});

test('the Pod deleted while it is watched: said, what was captured stays', async ({ program, lab }) => {
  const { page } = program;
  await lab.addPod('short-lived', 'k8s-worker-1');
  await choose(page, 'tree-pod-short-lived');
  await expect(page.getByTestId('watch-state')).toContainText('watching default/short-lived');
  await lab.deletePod('short-lived');
  await expect(page.getByTestId('watch-state')).toContainText('stopped: default/short-lived');
  await expectSaid(program, /short-lived is gone since \d\d:\d\d:\d\d/);
  await expectNoCapture(lab, 'after the Pod is gone', 5_000);
});

async function toldPackets(page: Page): Promise<{ total: number; lost: number }> {
  const said = (await page.getByTestId('watch-state').textContent()) ?? '';
  const total = Number((/([\d,]+) packets?/.exec(said)?.[1] ?? '0').replaceAll(',', ''));
  return { total, lost: Number(await page.getByTestId('packets-loss').getAttribute('data-lost')) };
}

async function residentMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
}
