import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { withLock } from './instance-lock.ts';

const NAME = `lock-${process.pid}`;
const module = JSON.stringify(new URL('./instance-lock.ts', import.meta.url).href);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-lock-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A process of its own, as each command is. */
function start(script: string): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const text = `import { withLock } from ${module}; import { open, rm } from 'node:fs/promises'; import { setTimeout as delay } from 'node:timers/promises'; ${script}`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', text];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return Object.assign(child, { stdout: child.stdout });
}

const firstLine = async (child: { stdout: NodeJS.ReadableStream }): Promise<unknown> =>
  ((await once(createInterface({ input: child.stdout }), 'line')) as unknown[])[0];

it('lets in one at a time, also when a holder is killed while the others wait', async () => {
  const name = JSON.stringify(NAME);
  const inside = JSON.stringify(join(folder, 'inside'));
  const holder = start(`await withLock(${name}, async () => { console.log('held'); await delay(60_000); });`);
  expect(await firstLine(holder)).toBe('held');
  // Who finds the file there is not alone: `wx` fails.
  const rounds = `console.log('ready'); for (let n = 0; n < 15; n += 1) {
    const done = await withLock(${name}, async () => { const file = await open(${inside}, 'wx'); await file.close(); await delay(2); await rm(${inside}); });
    if (!done.ok) throw new Error(done.failure.sentence);
  }`;
  const others = [1, 2, 3, 4].map(() => start(rounds));
  const ends = others.map((child) => once(child, 'exit') as Promise<[number]>);
  await Promise.all(others.map(firstLine));
  holder.kill('SIGKILL');
  expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0, 0]);
});

it('stops waiting when it is told to', async () => {
  const stop = new AbortController();
  const door = new EventEmitter();
  const held = once(door, 'held');
  const holding = withLock(NAME, async () => {
    door.emit('held');
    await once(door, 'free');
  });
  await held;
  let begun = false;
  const work = (): Promise<void> => {
    begun = true;
    return Promise.resolve();
  };
  const waiting = withLock(NAME, work, stop.signal);
  // Free in the same turn: who is told to stop does not begin all the same.
  door.emit('free');
  expect(await holding).toMatchObject({ ok: true });
  stop.abort(new Error('interrupted by SIGINT'));
  await expect(waiting).rejects.toThrow('interrupted by SIGINT');
  expect(begun).toBe(false);
  expect(await withLock(NAME, () => Promise.resolve(1))).toEqual({ ok: true, value: 1 });
});

it('is freed by work that throws', async () => {
  const failing = withLock(NAME, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(await withLock(NAME, () => Promise.resolve(1))).toMatchObject({ ok: true });
});

it('says to an unprivileged user that root is needed, and does nothing', async () => {
  const uid = vi.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(1000);
  try {
    const work = vi.fn(() => Promise.resolve());
    expect(await withLock(NAME, work)).toEqual({
      ok: false,
      failure: {
        kind: 'not-root',
        sentence: `Lab "${NAME}" can be asked and changed by root alone; run this command with sudo.`,
      },
    });
    expect(work).not.toHaveBeenCalled();
  } finally {
    uid.mockRestore();
  }
});
