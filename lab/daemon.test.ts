import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { labEnvironment } from './command.ts';
import { startDaemon } from './daemon.ts';
import { identifyProcess } from './processes.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-daemon-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (script: string, signal: AbortSignal) =>
  startDaemon('sh', ['-c', script], labEnvironment(folder), join(folder, 'log'), signal);

it('leaves a daemon that is ready alone, however long the rest of the start takes', async () => {
  const limit = new AbortController();
  const answer = join(folder, 'answer');
  const script = `trap 'echo alive >${answer}; exit' TERM; echo ready; while :; do sleep 0.02; done`;
  const { pid, firstLine } = await start(script, limit.signal);
  expect(firstLine).toBe('ready');
  limit.abort();
  // Had the limit killed it, that signal came before this one, and it would not answer.
  process.kill(pid, 'SIGTERM');
  await expect.poll(() => readFile(answer, 'utf8').catch(() => ''), { timeout: 10_000 }).toBe('alive\n');
});

it('ends one that does not get ready in time, and says where to look', async () => {
  const limit = new AbortController();
  const started = start('echo $$ >&2; exec sleep 60', limit.signal);
  await expect.poll(() => readFile(join(folder, 'log'), 'utf8').catch(() => '')).toMatch(/\d+\n$/);
  limit.abort();
  await expect(started).rejects.toThrow(/^sh did not get ready; .*log may say why$/);
  const pid = Number(/\d+\n$/.exec(await readFile(join(folder, 'log'), 'utf8'))?.[0]);
  await expect.poll(() => identifyProcess(pid), { timeout: 10_000 }).toBeNull();
});
