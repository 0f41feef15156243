// What goes wrong for longer, or at a higher rate, than `npm test` has time for: each ends in a true statement on the screen, a recording that can be
// used, and clean nodes. Only in the full tier.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { openCaseFile } from './fixtures/case-files.ts';
import { flood } from './fixtures/flood.ts';
import { until } from './fixtures/processes.ts';
import { smallDisk } from './fixtures/small-disk.ts';
import { standStill } from './fixtures/standstill.ts';
import { expect, test } from './fixtures/test.ts';
import {
  expectNoCapture,
  HOST_POINTS,
  INSIDE_DEMO,
  INSIDE_PEER,
  packetsSeen,
  watchDemo,
  whenSeenAt,
} from './fixtures/watching.ts';
import { choose, whenDrawn } from './fixtures/window-page.ts';

const run = promisify(execFile);
const ALL_POINTS = [INSIDE_DEMO, ...HOST_POINTS, INSIDE_PEER];
const SLEEP_MS = 30_000;
/** Packets that all captures see, once they are back. */
const SENT_AWAKE = 1_500;
const FROZEN_MS = 5_000;
/** The guards' deadline, and what ending takes. */
const ENDED_WITHIN_MS = 15_000;
/** What a page may be behind of what it was before, and still be called current. */
const CATCHING_UP_MS = 1_000;
const HOUR_MS = 3_600_000;
/** What main may hold for a page that takes nothing, beyond what the same packets cost with one that does. */
const FROZEN_GROWTH_MB = 100;

if (process.env['HOPSCOPE_TIER'] === 'full') {
  test('the machine sleeps for 30 s: what was missed is said as a gap, captures begin anew, nothing is called dropped', async ({
    program,
    lab,
  }) => {
    test.setTimeout(180_000);
    const { page } = program;
    await watchDemo(page);
    await whenSeenAt(page, ALL_POINTS);
    const sending = lab.traffic(150, 7_000);
    await pause(3_000);
    const goOn = await standStill(program);
    const stopped = Date.now();
    try {
      await expectNoCapture(lab, 'while all of Hopscope stands still', ENDED_WITHIN_MS);
      await pause(stopped + SLEEP_MS - Date.now());
    } finally {
      goOn();
    }
    for (const node of ['k8s-master', 'k8s-worker-1', 'k8s-worker-2'])
      await expectSaid(
        page,
        new RegExp(
          `Nothing was captured at ${node} from [\\d:]+ to [\\d:]+: Hopscope stood still from [\\d:]+ to [\\d:]+ \\(its machine slept`,
        ),
      );
    // What was said of the sleep was said as they ran again.
    await whenSeenAt(page, ALL_POINTS, { before: await packetsSeen(page) });
    const totals = [await sending, await lab.traffic(150, SENT_AWAKE)];
    for (const { sent, heard } of totals) expect(heard).toBe(sent);
    await page.getByTestId('watch-stop').click();
    await expectNoCapture(lab, 'after stopping', 5_000);
    // What waits for its fate is settled once the last capture is gone.
    await expect(async () => {
      const fared = await tagged(page);
      console.log(`  ${JSON.stringify(totals)}: ${JSON.stringify(fared)}`);
      expect(fared['delivered']).toBeGreaterThanOrEqual(SENT_AWAKE);
      expect([fared['dropped'], fared['in flight']]).toEqual([undefined, undefined]);
    }).toPass({ timeout: 20_000 });
    await expect(page.getByTestId('watch-state')).not.toHaveAttribute('title', /hung|crashed/);
    await expect(page.getByTestId('notices')).not.toContainText('started again');
  });

  test('the page frozen for 5 s while trails are shown: no packet is missing for it, main holds nothing back for it, then the page is current', async ({
    program,
    lab,
  }) => {
    test.setTimeout(120_000);
    const { page } = program;
    const [main] = await program.pids('browser');
    const [renderer] = await program.pids('renderer');
    await watchDemo(page);
    await whenSeenAt(page, ALL_POINTS);
    await page.getByTestId('dock-tab-ladder').click();
    const [rate, count] = [1_500, 15_000];
    const grown: number[] = [];
    let total = 0;
    for (const isFrozen of [false, true]) {
      const before = await residentMb(main);
      const sending = lab.traffic(rate, count);
      await pause(2_000);
      const age = await newestAge(page);
      if (isFrozen) process.kill(renderer ?? -1, 'SIGSTOP');
      try {
        await pause(FROZEN_MS);
      } finally {
        if (isFrozen) process.kill(renderer ?? -1, 'SIGCONT');
      }
      grown.push((await residentMb(main)) - before);
      if (isFrozen) await expectCurrent(page, age + CATCHING_UP_MS);
      const { sent, heard } = await sending;
      expect(heard).toBe(sent);
      total += ALL_POINTS.length * sent;
      const lost = await whenDecoded(page, total);
      console.log(
        `  ${isFrozen ? 'frozen' : 'not frozen'}: ${String(sent)} sent and heard, lost in all ${String(lost)}; main grew by ${String(grown.at(-1))} MB`,
      );
      expect(lost).toBe(0);
    }
    expect((grown[1] ?? Infinity) - (grown[0] ?? 0)).toBeLessThan(FROZEN_GROWTH_MB);
    // The last ones are final some seconds later.
    await expect(async () => expect(await tagged(page)).toEqual({ delivered: 2 * count })).toPass({
      timeout: 20_000,
    });
    await choose(page, 'node-k8s-master');
    await expectNoCapture(lab, 'after a click elsewhere', 5_000);
  });

  test('the disk full while packets are recorded: said, what is kept is whole, the watch goes on, an export says where there is room', async ({
    lab,
    launcher,
    launch,
  }) => {
    test.setTimeout(300_000);
    await using disk = await smallDisk(launcher, 96);
    const file = path.join(disk.folder, 'full.hopscope.zip');
    const env = { TMPDIR: disk.folder, HOPSCOPE_TEST_SAVE_AS: file };
    const program = await launch({ args: ['--cluster', lab.client.cluster], env });
    const { page } = program;
    await whenDrawn(
      page,
      lab.nodes.map((node) => node.name),
    );
    await watchDemo(page);
    await whenSeenAt(page, ALL_POINTS);
    await disk.fill();
    // What memory holds is about 1.6 million packets.
    const flooding = flood(lab, { rate: 10_000, seconds: 50 });
    await expectSaid(
      page,
      /The disk has no more room for older packets: 0 MiB of them stay beside those in memory\. Free some space/,
      90_000,
    );
    await flooding;
    const before = await packetsSeen(page);
    await whenSeenAt(page, ALL_POINTS, { before });

    await exportCase(page);
    await expect(page.getByTestId('notices')).toContainText(
      `There is not enough room in ${disk.folder} for ${file}; free some, or choose another folder. Nothing was left there.`,
      { timeout: 60_000 },
    );
    await whenSeenAt(page, ALL_POINTS, { before: await packetsSeen(page) });
    await page.getByTestId('watch-stop').click();
    await expectNoCapture(lab, 'after stopping', 5_000);
    await disk.free();
    await exportCase(page);
    await expect(page.getByTestId('notices')).toContainText(`written to ${file}`, { timeout: 60_000 });
    const kept = Number(await page.getByTestId('packets-table').getAttribute('aria-rowcount')) - 1;
    expect(kept).toBeGreaterThan(1_000_000);
    const { packets } = await openCaseFile(file, await launcher.staged.freshFolder('export'));
    const capinfos = await run('capinfos', ['-M', '-c', packets]);
    expect([capinfos.stderr, capinfos.stdout]).toEqual([
      '',
      expect.stringMatching(new RegExp(`Number of packets:\\s+${String(kept)}\\n`)),
    ]);
  });
}

/** What is not as it should be, as the window says it; every sentence, shown or folded. */
async function expectSaid(page: Page, sentence: RegExp, within = 30_000): Promise<void> {
  await expect(page.getByTestId('watch-state')).toHaveAttribute('title', sentence, { timeout: within });
}

async function exportCase(page: Page): Promise<void> {
  await page.getByTestId('export-case').click();
  await page.getByTestId('export-headers').click();
}

/** How the packets of `lab.traffic` fared, by the words of the flows' table. */
async function tagged(page: Page): Promise<Record<string, number>> {
  await page.getByTestId('dock-tab-flows').click();
  await page.getByTestId('flows-find').fill(':7000');
  const fared: Record<string, number> = {};
  for (const chip of await page.getByTestId('flow').locator('.verdict-chips > *').allTextContents()) {
    const [, count = '', word = ''] = /^([\d,]+) (.+)$/.exec(chip) ?? [];
    fared[word] = (fared[word] ?? 0) + Number(count.replaceAll(',', ''));
  }
  return fared;
}

/** Waits until so many packets of `lab.traffic` are kept. Resolves to how many of all were lost. */
async function whenDecoded(page: Page, total: number): Promise<number> {
  await page.getByTestId('dock-tab-packets').click();
  const filter = page.getByTestId('packets-filter');
  await filter.fill('udp.port == 7000');
  await filter.press('Enter');
  const table = page.getByTestId('packets-table');
  await expect(table).toHaveAttribute('aria-rowcount', String(total + 1), { timeout: 30_000 });
  const lost = Number(await page.getByTestId('packets-loss').getAttribute('data-lost'));
  await page.getByTestId('dock-tab-ladder').click();
  return lost;
}

/** The newest line of the ladder is no older than that (ms). */
async function expectCurrent(page: Page, oldest: number): Promise<void> {
  const { ms } = await until(
    `the newest line is at most ${String(oldest)} ms old`,
    async () => (await newestAge(page)) <= oldest,
    15_000,
    100,
  );
  console.log(`  the page is current ${String(Math.round(ms))} ms after it was let go`);
}

/** How long ago the newest line of the ladder was, ms: what trails take to be told, and this page to draw. */
async function newestAge(page: Page): Promise<number> {
  const text = await page.getByTestId('ladder-lines').locator('.ladder-time').last().textContent();
  const [, minute, second] = /(\d\d):(\d\d\.\d{3})$/.exec(text ?? '') ?? [];
  const age = (Date.now() % HOUR_MS) - (Number(minute) * 60_000 + Number(second) * 1_000);
  // A clock that is ahead is no hour behind.
  return Math.round(age < -HOUR_MS / 2 ? age + HOUR_MS : age);
}

async function residentMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024);
}
