import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  findMarked,
  identifyProcess,
  isAlive,
  killProcesses,
  parseProcess,
  readLivingProcess,
  RUN_MARKER,
} from './processes.ts';

it('ends exactly the processes that carry the mark, and knows when they are gone', async () => {
  const mark = `/run/hopscope-lab/test-${process.pid}`;
  const marked = spawn('sleep', ['60'], { env: { PATH: process.env['PATH'], [RUN_MARKER]: mark } });
  const longer = spawn('sleep', ['60'], {
    env: { PATH: process.env['PATH'], [RUN_MARKER]: `${mark}-longer` },
  });
  try {
    await Promise.all(
      [marked, longer].map((child) => new Promise((resolve) => child.once('spawn', resolve))),
    );
    const found = await findMarked(mark);
    expect(found.map(({ pid }) => pid)).toEqual([marked.pid]);
    await killProcesses(found);
    expect(await findMarked(mark)).toEqual([]);
    expect(await identifyProcess(longer.pid ?? 0)).not.toBeNull();
  } finally {
    longer.kill('SIGKILL');
    marked.kill('SIGKILL');
  }
});

it('does not take a recycled number for the process it once was', async () => {
  const self = await identifyProcess(process.pid);
  if (self === null) throw new Error('no self');
  expect(await isAlive(self)).toBe(true);
  expect(await isAlive({ ...self, startTime: `${Number(self.startTime) - 1}` })).toBe(false);
  const folder = await mkdtemp(join(tmpdir(), 'lab-'));
  try {
    await writeFile(join(folder, 'pid'), `${self.pid} ${self.startTime}\n`);
    expect(await readLivingProcess(join(folder, 'pid'))).toEqual(self);
    await writeFile(join(folder, 'pid'), `${self.pid} 1\n`);
    expect(await readLivingProcess(join(folder, 'pid'))).toBeNull();
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(parseProcess('12 34 56')).toBeNull();
});
