// Parts die; the session goes on, says so, and mends itself.
import { readFile } from 'node:fs/promises';
import type { Lab } from './fixtures/lab.ts';
import { expectWithin } from './fixtures/deadline.ts';
import { until } from './fixtures/processes.ts';
import type { Program } from './fixtures/program.ts';
import { expect, test } from './fixtures/test.ts';
import { choose, inspectorOf, recordStates, watchFor, whenDrawn } from './fixtures/window-page.ts';

const status = (program: Program, node: string): ReturnType<Program['page']['getByTestId']> =>
  program.page.getByTestId(`node-status-${node}`);

/** Proof that facts still flow: something new on that node shows, and its end too. */
async function expectAlive(program: Program, lab: Lab, node: string): Promise<void> {
  const name = `alive-${String(Date.now() % 100_000)}`;
  const shown = await watchFor(program.page, 'graph-summary', new RegExp(`^Pod default/${name} on ${node}`));
  await lab.addPod(name, node);
  await shown.shown;
  await lab.deletePod(name);
}

test("a node's sshd killed: stale within 20 s, back by itself, the others never stop", async ({
  program,
  lab,
}) => {
  test.setTimeout(150_000);
  await expect(status(program, 'k8s-worker-1')).toHaveAttribute('data-state', 'connected');
  const disturbed = await recordStates(program.page, ['k8s-master', 'k8s-worker-2']);
  const started = Date.now();
  await lab.fault('sshd-kill', 'k8s-worker-1');
  const drawn = await watchFor(
    program.page,
    'graph-summary',
    /^Node k8s-worker-1 .*(stale|waiting to reconnect)/,
  );
  expectWithin('a node without sshd shown as stale', (await drawn.shown) - started, 20_000);
  // What was known of it stays in sight, and says why it is no longer renewed.
  await expect(program.page.getByTestId('graph-summary')).toContainText(
    'Pod default/c2c-network-demo on k8s-worker-1',
  );
  await expect(program.page.getByTestId('node-failure-k8s-worker-1')).toContainText(
    /k8s-worker-1|127\.0\.0\.1/,
  );
  for (const other of ['k8s-master', 'k8s-worker-2']) {
    await expect(status(program, other)).toHaveAttribute('data-state', 'connected');
  }
  await expectAlive(program, lab, 'k8s-worker-2');

  await lab.mend();
  await expect(status(program, 'k8s-worker-1')).toHaveAttribute('data-state', 'connected', {
    timeout: 60_000,
  });
  await expectAlive(program, lab, 'k8s-worker-1');
  expect(await disturbed()).toEqual([]);
});

test('a node that falls silent: stale within 20 s, back by itself', async ({ program, lab }) => {
  test.setTimeout(150_000);
  const started = Date.now();
  const drawn = await watchFor(
    program.page,
    'graph-summary',
    /^Node k8s-worker-2 .*(stale|waiting to reconnect)/,
  );
  await lab.fault('sshd-freeze', 'k8s-worker-2', 'all');
  expectWithin('a silent node shown as stale', (await drawn.shown) - started, 20_000);
  // Not only the node itself: whatever it told of says as of when.
  await choose(program.page, 'tree-pod-c2c-network-demo-w2');
  const old = /as of \d\d:\d\d:\d\d UTC · k8s-worker-2 is /;
  await expect(inspectorOf(program.page).locator('.inspector-header')).toContainText(old);
  await program.page.getByTestId('dock-tab-bgp').click();
  await expect(program.page.getByTestId('bgp-k8s-worker-2-Mesh_10_12_22_151')).toContainText(old);
  await expect(program.page.getByTestId('bgp-k8s-worker-1-Mesh_10_12_22_152')).not.toContainText('as of');
  await expect(program.page.getByTestId('oldest-shown')).toContainText(/\b([5-9]|[1-9]\d) s|\d m/);
  await expect(status(program, 'k8s-master')).toHaveAttribute('data-state', 'connected');
  await lab.mend();
  await expect(status(program, 'k8s-worker-2')).toHaveAttribute('data-state', 'connected', {
    timeout: 90_000,
  });
});

test('the engine worker killed: told, and the session goes on', async ({ program, lab }) => {
  program.kill('SIGUSR2');
  await expect(program.page.getByTestId('notices')).toContainText(/started again|restarted/);
  await expectAlive(program, lab, 'k8s-worker-2');
  await expect(program.page.getByTestId('graph-summary')).toContainText('calid9d486e54a8');
});

test('the page killed: told, drawn again, and no connection was lost', async ({ program, lab }) => {
  const logins = await sshLogins(lab);
  const [renderer] = await program.pids('renderer');
  process.kill(renderer ?? -1, 'SIGKILL');
  await program.attachAgain();
  await whenDrawn(
    program.page,
    lab.nodes.map((node) => node.name),
  );
  await expect(program.page.getByTestId('notices')).toContainText(
    'The page of the window crashed and was started again.',
  );
  expect(await sshLogins(lab)).toEqual(logins);
  await expectAlive(program, lab, 'k8s-worker-1');
});

for (const [what, hang] of Object.entries({
  'in an endless loop': async (program: Program) => {
    // The answer never comes: the page is in the loop.
    void program.page.evaluate('setTimeout(() => { for (;;); })').catch(() => undefined);
    await Promise.resolve();
  },
  'whose process is stopped': async (program: Program) => {
    const [renderer] = await program.pids('renderer');
    process.kill(renderer ?? -1, 'SIGSTOP');
  },
})) {
  // One that is stopped hangs as well.
  if (what === 'in an endless loop' && process.env['HOPSCOPE_TIER'] !== 'full') continue;
  test(`a page ${what}: told and drawn again within 20 s, though nobody touches it`, async ({
    program,
    lab,
  }) => {
    const [before] = await program.pids('renderer');
    const started = Date.now();
    await hang(program);
    await program.child.line(/the page of the window ended .* and is started again/, 60_000);
    expectWithin('a page that hangs started again', Date.now() - started, 20_000);
    await program.attachAgain();
    await whenDrawn(
      program.page,
      lab.nodes.map((node) => node.name),
    );
    await expect(program.page.getByTestId('notices')).toContainText(
      'The page of the window had stopped answering and was started again.',
    );
    expect(await program.pids('renderer')).not.toContain(before);
  });
}

test('a bug in one panel: it says so, shells and graph go on, and it comes back', async ({ program }) => {
  const { page } = program;
  await choose(page, 'node-k8s-worker-1');
  await inspectorOf(page).getByTestId('open-terminal-node').click();
  const screen = page.getByTestId('terminal-screen');
  await expect(screen.locator('.xterm-rows')).toContainText(/[#$]\s*$/, { timeout: 15_000 });
  // The inspector is the panel in sight that says dates.
  await page.evaluate(() => {
    const whole = Object.getOwnPropertyDescriptor(Date.prototype, 'toISOString') ?? {};
    Object.defineProperty(Date.prototype, 'toISOString', {
      configurable: true,
      value: () => {
        throw new Error('a bug of the picture');
      },
    });
    Object.assign(window, { mendDates: () => Object.defineProperty(Date.prototype, 'toISOString', whole) });
  });
  await page.getByTestId('node-k8s-worker-2').click();
  const crash = page.getByTestId('crash-inspector');
  await expect(crash).toContainText('The inspector met a bug.');
  await screen.click();
  await page.keyboard.type('echo goes-on-$((20+22))\n');
  await expect(screen.locator('.xterm-rows')).toContainText('goes-on-42');
  await whenDrawn(page, ['k8s-master', 'k8s-worker-1', 'k8s-worker-2']);
  await page.evaluate(() => {
    (window as unknown as { mendDates: () => void }).mendDates();
  });
  await crash.getByRole('button', { name: 'Show it again' }).click();
  await expect(page.getByTestId('inspector-title')).toHaveText('k8s-worker-2');
});

test('a page that keeps crashing ends the program instead of spinning', async ({ program }) => {
  for (let round = 0; round < 4 && program.child.running; round++) {
    const [pid] = await program.pids('renderer').catch(() => []);
    if (pid === undefined) break;
    process.kill(pid, 'SIGKILL');
    await until(
      'another page, or the end',
      async () => {
        if (!program.child.running) return true;
        const [next] = await program.pids('renderer').catch(() => []);
        return next !== undefined && next !== pid && (await isStarted(next));
      },
      10_000,
    );
  }
  expect(await program.child.ended).toEqual({ code: 1, signal: null });
  expect(program.child.output).toContain('hopscope: the page of the window was lost again and again');
});

/**
 * The sshd processes that serve logins, a node each: another pid would be another connection. Those that last: for an instant a new
 * command's process still has its login's name.
 */
async function sshLogins(lab: Lab): Promise<string[]> {
  const first = await sshProcesses(lab);
  const second = await sshProcesses(lab);
  return first.map((ofNode, at) => ofNode.filter((one) => second[at]?.includes(one)).join('\n'));
}

async function sshProcesses(lab: Lab): Promise<string[][]> {
  return await Promise.all(
    lab.nodes.map(async ({ name }) => {
      const listing = await lab.exec(name, 'ps -eo pid=,args=');
      return listing
        .split('\n')
        .filter((line) => /sshd: \S+@/.test(line))
        .map((line) => line.trim());
    }),
  );
}

async function isStarted(pid: number): Promise<boolean> {
  const commandLine = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes('--type=renderer');
}
