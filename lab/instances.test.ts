import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMarked, killProcesses } from './processes.ts';
import { RUN_ROOT, runFolder } from './run-folder.ts';
import { hostTraces, lab, namespaces, ssh, startTicks, status } from './testing/lab-run.ts';

// The life of instances, from `up` to what `down` leaves behind. Needs root.

/** Of the issue: "up and converged in 15 s"; asserted at three times that, the measured value is printed. */
const UP_DEADLINE_MS = 3 * 15_000;
const NAME = `life-${process.pid}`;
const OTHER = `${NAME}-b`;

let before: ReadonlySet<string> = new Set();
let scratch = '';

async function timedUp(name: string, ...args: string[]): Promise<void> {
  const startedAt = performance.now();
  await lab('up', '--name', name, ...args);
  const elapsed = performance.now() - startedAt;
  console.log(`lab up: ${(elapsed / 1000).toFixed(1)} s (deadline 15 s)`);
  expect(elapsed).toBeLessThan(UP_DEADLINE_MS);
}

beforeAll(async () => {
  before = new Set(await hostTraces());
  scratch = await mkdtemp(join(tmpdir(), 'lab-life-'));
  await timedUp(NAME, '--owner', '65534');
  // It goes with this test: one that is killed leaves none (maker.test.ts).
  expect(await readFile(runFolder(NAME).maker, 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+ pid:`));
});

afterAll(async () => {
  await lab('down', '--name', OTHER);
  await lab('down', '--name', NAME);
  await rm(scratch, { recursive: true, force: true });
});

describe('an instance', () => {
  it('does not mind another one beside it', async () => {
    await timedUp(OTHER);
    const [one, two] = [await status(NAME), await status(OTHER)];
    const ports = [...one.nodes, ...two.nodes].map((node) => node.sshPort);
    expect(new Set(ports).size).toBe(6);
    expect(await ssh(OTHER, [], 'k8s-worker-1', 'cat /proc/sys/kernel/random/boot_id')).toBe(
      two.nodes[1]?.bootId,
    );
    expect(await ssh(NAME, [], 'k8s-worker-1', 'cat /proc/sys/kernel/random/boot_id')).toBe(
      one.nodes[1]?.bootId,
    );
  });

  it('rises again after a kill -9 of everything it was', async () => {
    const folder = runFolder(OTHER);
    await killProcesses(await findMarked(folder.path));
    expect((await status(OTHER)).phase).toBe('broken');
    await timedUp(OTHER);
    expect(await ssh(OTHER, [], 'k8s-master', 'hostname')).toBe('k8s-master');
  });

  it('of two who bring it up at once, one builds it and the other is told that it found it', async () => {
    const name = `${NAME}-c`;
    try {
      const said = await Promise.all([1, 2].map(() => lab('up', '--name', name, '--json')));
      const reused = said.map((text) => (JSON.parse(text) as { reused: boolean }).reused);
      expect(reused.sort()).toEqual([false, true]);
    } finally {
      await lab('down', '--name', name);
    }
  });

  it('is told apart from one whose state is damaged, which `up` starts anew', async () => {
    await writeFile(runFolder(OTHER).state, '{"schema": 1, "phase": "up"');
    const refusal = `The state of lab "${OTHER}" (${runFolder(OTHER).state}) cannot be read; start it anew with: lab up --name ${OTHER}\n`;
    await expect(lab('heal', '--name', OTHER)).rejects.toMatchObject({ code: 2, stderr: refusal });
    const all = JSON.parse(await lab('status', '--json')) as { instances: { name: string }[] };
    const names = all.instances.map(({ name }) => name);
    expect(names).toContain(NAME);
    expect(names).not.toContain(OTHER);
    await timedUp(OTHER);
    expect(await ssh(OTHER, [], 'k8s-master', 'hostname')).toBe('k8s-master');
  });

  it('is not ended for another size, and is taken as it is when none is asked for', async () => {
    const [, , worker] = (await status(OTHER)).nodes;
    await expect(lab('up', '--name', OTHER, '--pods', '3')).rejects.toMatchObject({
      code: 2,
      stderr: `Lab "${OTHER}" is up with 3 nodes and 2 Pods a worker in mode bgp; for another shape, end it first: lab down --name ${OTHER}\n`,
    });
    const again = JSON.parse(await lab('up', '--name', OTHER, '--nodes', '3', '--json')) as unknown;
    expect(again).toMatchObject({ schema: 1, reused: true, instance: { name: OTHER, phase: 'up' } });
    expect((await status(OTHER)).nodes[2]?.bootId).toBe(worker?.bootId);
  });

  it('gives nothing of an owner on to the next, and nothing of the machine to either', async () => {
    const { client } = await status(NAME);
    const secret = join(scratch, 'secret');
    await writeFile(secret, 'root’s own\n', { mode: 0o600 });
    // What the user of the folder may do in it: a link of any name, a program in a file that ssh will read.
    await symlink(secret, join(client.folder, 'more'));
    await rm(client.cluster);
    await symlink(secret, client.cluster);
    await appendFile(client.sshConfig, '  ProxyCommand touch /tmp/taken\n');
    const seen = (await readdir(client.folder)).filter((name) => name !== 'more');
    await lab('up', '--name', NAME, '--owner', '65533');
    expect(await readFile(secret, 'utf8')).toBe('root’s own\n');
    expect(await stat(secret)).toMatchObject({ uid: 0, mode: 0o100600 });
    expect((await readdir(client.folder)).toSorted()).toEqual(seen.toSorted());
    expect(await readFile(client.sshConfig, 'utf8')).not.toContain('ProxyCommand');
    for (const name of ['.', ...seen]) expect((await stat(join(client.folder, name))).uid).toBe(65533);
    expect(await ssh(NAME, [], 'k8s-worker-1', 'hostname')).toBe('k8s-worker-1');
  });

  it('leaves no namespace, process, mount or file', async () => {
    for (const name of [OTHER, NAME]) {
      const folder = runFolder(name);
      const marked = await findMarked(folder.path);
      const own = new Set<string>();
      const hosts = [...(await namespaces())]
        .filter(([, pids]) => pids.includes(process.pid))
        .map(([link]) => link);
      for (const [link, pids] of await namespaces()) {
        if (!hosts.includes(link) && marked.some(({ pid }) => pids.includes(pid))) own.add(link);
      }
      // 3 nodes and 4 Pods with five namespaces each, two of the Pod's that has a second container, and the fabric's.
      expect(own.size).toBe(7 * 5 + 2 + 1);
      const newest = Math.max(...marked.map(({ startTime }) => Number(startTime)));
      await lab('down', '--name', name);
      expect(await findMarked(folder.path)).toEqual([]);
      // A number is free at once: who came later with the same one is somebody else.
      for (const [link, pids] of await namespaces()) {
        const old = await Promise.all(pids.map(async (pid) => (await startTicks(pid)) <= newest));
        if (own.has(link)) expect(old).not.toContain(true);
      }
      expect((await readdir(RUN_ROOT).catch(() => [])).filter((entry) => entry.includes(name))).toEqual([]);
    }
    // What other tests have on this machine comes and goes; what a lab left would stay.
    const left = async () => (await hostTraces()).filter((line) => !before.has(line));
    await expect.poll(left, { timeout: 20_000, interval: 200 }).toEqual([]);
  });
});
