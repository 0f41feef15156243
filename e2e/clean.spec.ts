// Nodes are left clean (DESIGN §1 "Harmless"): whatever ends us or the way to a node, nothing of ours stays on it.
import { expectWithin } from './fixtures/deadline.ts';
import type { Lab } from './fixtures/lab.ts';
import { footprint, processes, surplus, type Footprint } from './fixtures/node-footprint.ts';
import { until } from './fixtures/processes.ts';
import type { Program } from './fixtures/program.ts';
import { expect, test } from './fixtures/test.ts';
import { capturesRunning, watchDemo } from './fixtures/watching.ts';
import { choose, inspectorOf, whenDrawn } from './fixtures/window-page.ts';

/** The deadline, ms. */
const GONE_WITHIN = 15_000;

interface Baseline {
  readonly processes: readonly string[];
  readonly footprint: Footprint;
}

async function baseline(lab: Lab): Promise<Map<string, Baseline>> {
  const before = new Map<string, Baseline>();
  for (const { name } of lab.nodes) {
    before.set(name, { processes: await processes(lab, name), footprint: await footprint(lab, name) });
  }
  return before;
}

async function opened(lab: Lab, launch: () => Promise<Program>): Promise<Program> {
  const program = await launch();
  await whenDrawn(
    program.page,
    lab.nodes.map((node) => node.name),
  );
  return program;
}

/** A test that finds nothing only because nothing was ever there would prove nothing. */
async function expectOursThere(lab: Lab, before: ReadonlyMap<string, Baseline>): Promise<void> {
  for (const { name } of lab.nodes) {
    const ours = surplus(before.get(name)?.processes ?? [], await processes(lab, name));
    expect(ours.length, `processes of ours on ${name} while the program runs`).toBeGreaterThan(0);
  }
}

/** All that runs on nodes for a person: a terminal with children, and captures. */
async function useNodes(lab: Lab, { page }: Program): Promise<void> {
  await choose(page, 'node-k8s-worker-1');
  await inspectorOf(page).getByTestId('open-terminal-node').click();
  await expect(page.getByTestId('terminal-screen')).toContainText(/[#$]\s*$/, { timeout: 15_000 });
  // A person's shell keeps a history of its own accord; what is asked here is what we leave.
  await page.keyboard.type('unset HISTFILE; sleep 4242 & sleep 4243\n');
  await until(
    'the children of the terminal',
    async () => (await processes(lab, 'k8s-worker-1')).includes('sleep 4243'),
    10_000,
  );
  await watchDemo(page);
  expect((await capturesRunning(lab)).length, 'captures').toBeGreaterThan(0);
}

async function expectGone(lab: Lab, before: ReadonlyMap<string, Baseline>, what: string): Promise<void> {
  const { ms } = await until(
    `nothing of ours on any node ${what}`,
    async () => {
      for (const { name } of lab.nodes) {
        const left = surplus(before.get(name)?.processes ?? [], await processes(lab, name));
        if (left.length > 0) return null;
      }
      return true;
    },
    GONE_WITHIN,
    200,
  );
  console.log(`  ${what}: nothing of ours on any node after ${String(Math.round(ms))} ms`);
}

async function expectUnchanged(lab: Lab, before: ReadonlyMap<string, Baseline>): Promise<void> {
  if ([...before.values()].some(({ footprint }) => footprint.modules === null)) {
    console.log(
      '  this kernel has no /proc/modules: files, tables and rules are compared, modules cannot be',
    );
  }
  for (const { name } of lab.nodes) {
    expect(await footprint(lab, name), `files, tables and rules of ${name}`).toEqual(
      before.get(name)?.footprint,
    );
  }
}

for (const [rights, cluster] of [
  ['as root', 'cluster'],
  ['with fewer rights', 'clusterRights'],
] as const) {
  test(`after quitting, ${rights}, captures, terminals and their children included`, async ({
    lab,
    launch,
  }) => {
    const before = await baseline(lab);
    const program = await opened(lab, () => launch({ args: ['--cluster', lab.client[cluster]] }));
    await expectOursThere(lab, before);
    await useNodes(lab, program);
    expect(await program.quit()).toEqual({ code: 0, signal: null });
    await expectGone(lab, before, 'after quitting');
    await expectUnchanged(lab, before);
  });
}

const wholeTier = process.env['HOPSCOPE_TIER'] === 'full';

test('after kill -9 of the program', async ({ lab, launch }) => {
  const before = await baseline(lab);
  const program = await opened(lab, () => launch({ args: ['--cluster', lab.client.cluster] }));
  await expectOursThere(lab, before);
  await useNodes(lab, program);
  program.kill('SIGKILL');
  await expectGone(lab, before, 'after kill -9');
  await expectUnchanged(lab, before);
});

// To the nodes it is what a frozen sshd is, below.
if (wholeTier) {
  test('after the program freezes', async ({ lab, launch }) => {
    const before = await baseline(lab);
    const program = await opened(lab, () => launch({ args: ['--cluster', lab.client.cluster] }));
    await expectOursThere(lab, before);
    await useNodes(lab, program);
    program.kill('SIGSTOP');
    try {
      await expectGone(lab, before, 'after SIGSTOP of the program');
      await expectUnchanged(lab, before);
    } finally {
      program.kill('SIGCONT');
    }
  });
}

test('after sshd freezes on every node', async ({ lab, launch }) => {
  const before = await baseline(lab);
  const program = await opened(lab, () => launch({ args: ['--cluster', lab.client.cluster] }));
  await expectOursThere(lab, before);
  await useNodes(lab, program);
  await Promise.all(lab.nodes.map(({ name }) => lab.fault('sshd-freeze', name, 'all')));
  await expectGone(lab, before, 'after SIGSTOP of every sshd');
  await expectUnchanged(lab, before);
});

test('quitting does not wait for a node that says nothing', async ({ lab, launch }) => {
  const program = await opened(lab, () => launch({ args: ['--cluster', lab.client.cluster] }));
  await lab.fault('sshd-freeze', 'k8s-worker-1', 'all');
  const started = performance.now();
  expect(await program.quit()).toEqual({ code: 0, signal: null });
  // The program gives the nodes 5 s (main/electron/quit.ts).
  expectWithin('quitting', performance.now() - started, 5_000);
});
