import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CommandError, labEnvironment, runCommand } from './command.ts';
import { identifyProcess } from './processes.ts';

const environment = labEnvironment('/run/hopscope-lab/command-test');

it('gives a command’s output, and the reason of one that fails', async () => {
  expect(await runCommand('cat', [], environment, { stdin: 'in' })).toMatchObject({ stdout: 'in' });
  expect(await runCommand('sh', ['-c', 'exit 3'], environment, { accept: [3] })).toMatchObject({
    exitCode: 3,
  });
  const failing = runCommand('sh', ['-c', 'echo why >&2; exit 3'], environment);
  await expect(failing).rejects.toThrow(new CommandError('sh -c echo why >&2; exit 3: why'));
  await expect(runCommand('/nonexistent', [], environment)).rejects.toThrow('ENOENT');
});

it('ends a command that outlives its time, with what it started, though that holds its output open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-command-'));
  const stop = new AbortController();
  try {
    // As `nsenter --pid` does: the child is in another PID namespace, the parent only waits for it. Needs root.
    const script = `echo $$ >${folder}/outside; exec unshare --pid --fork sh -c 'echo up >${folder}/inside; sleep 60; :'`;
    const running = runCommand('sh', ['-c', script], environment, { signal: stop.signal });
    const ended = expect(running).rejects.toThrow('stopped by the test');
    const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
    await expect.poll(() => read('inside'), { timeout: 10_000 }).toBe('up\n');
    const group = Number(await read('outside'));
    const children = (await readFile(`/proc/${group}/task/${group}/children`, 'utf8')).trim().split(' ');
    expect(children).toHaveLength(1);
    stop.abort(new Error('stopped by the test'));
    await ended;
    for (const pid of [group, ...children.map(Number)])
      await expect.poll(() => identifyProcess(pid), { timeout: 10_000 }).toBeNull();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('does not hold on to the pipes that a process which has left the group keeps', async () => {
  const pipes = () => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
  const before = pipes();
  const running = runCommand('sh', ['-c', 'setsid sleep 5 & wait'], environment, { timeoutMs: 200 });
  await expect(running).rejects.toThrow('timeout');
  await expect.poll(pipes, { timeout: 2_000 }).toBe(before);
});

it('ends with the program that runs it, as the lock does that let it begin', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-command-'));
  try {
    const module = JSON.stringify(new URL('./command.ts', import.meta.url).href);
    const script = `import { runCommand } from ${module};
      process.once('SIGINT', () => process.exit(130));
      await runCommand('sh', ['-c', 'echo $$ >${folder}/pid; sleep 60; :'], {});`;
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script];
    const program = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = once(program, 'exit') as Promise<[number]>;
    const pid = () => readFile(join(folder, 'pid'), 'utf8').catch(() => '');
    await expect.poll(pid, { timeout: 20_000 }).toMatch(/^\d+\n$/);
    const command = Number(await pid());
    expect(await identifyProcess(command)).not.toBeNull();
    program.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    await expect.poll(() => identifyProcess(command), { timeout: 10_000 }).toBeNull();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
