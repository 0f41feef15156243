import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { SupervisedWorker, type WorkerFailure } from './supervised-worker.ts';

const file = new URL('./testing/fragile-worker.ts', import.meta.url);
let open: SupervisedWorker<number | string, number>[] = [];

function start(deadlineMs = 5000, again?: (request: number | string) => boolean) {
  const restarts: WorkerFailure[] = [];
  let known = 0;
  const worker = new SupervisedWorker<number | string, number>({
    file,
    seed: () => (known === 0 ? [] : [known]),
    onRestart: (failure) => restarts.push(failure),
    deadlineMs,
    ...(again === undefined ? {} : { again }),
  });
  open.push(worker);
  const ask = async (request: number | string) => {
    const result = await worker.request(request);
    if (result.ok) known = result.value;
    return result.ok ? result.value : result.failure.kind;
  };
  return { worker, restarts, ask };
}

afterEach(async () => {
  for (const worker of open) await worker[Symbol.asyncDispose]();
  open = [];
});

describe('a supervised worker', () => {
  it('answers in order', async () => {
    const { ask } = start();
    expect(await Promise.all([ask(1), ask(2), ask(3)])).toEqual([1, 3, 6]);
  });

  it('that crashes of a request tries it on a second worker, gives it up, and goes on from the seed', async () => {
    const { ask, restarts } = start();
    expect(await ask(5)).toBe(5);
    const poison = ask('crash');
    const after = ask(2);
    expect(await poison).toBe('crashed');
    expect(await after).toBe(7);
    expect(restarts.map((r) => r.kind)).toEqual(['crashed', 'crashed']);
    expect(restarts[0]?.sentence).toContain('asked to crash');
  });

  it('makes no request again that must not be', async () => {
    const { ask, restarts } = start(5000, () => false);
    expect(await ask(5)).toBe(5);
    expect(await ask('crash')).toBe('crashed');
    expect(await ask(2)).toBe(7);
    expect(restarts).toHaveLength(1);
  });

  it('that hangs is ended and replaced', async () => {
    const { ask, restarts } = start(3_000);
    expect(await ask(5)).toBe(5);
    expect(await ask('hang')).toBe('hung');
    expect(await ask(1)).toBe(6);
    expect(restarts).toHaveLength(2);
  });

  it('that stood still with the whole program has not hung', async () => {
    const program = join(import.meta.dirname, 'testing/standstill-child.ts');
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program]);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said, { timeout: 15_000, interval: 20 }).toContain('asked\n');
    child.kill('SIGSTOP');
    await sleep(4_500);
    child.kill('SIGCONT');
    await once(child, 'close');
    expect(said).toBe('asked\n{"result":5,"restarts":0}\n');
  }, 30_000);

  it('killed between requests comes back with what it knew', async () => {
    const { ask, worker, restarts } = start();
    expect(await ask(5)).toBe(5);
    await worker.kill();
    expect(await ask(2)).toBe(7);
    expect(restarts).toHaveLength(1);
  });

  it('closed answers everything that waits', async () => {
    const { ask, worker } = start();
    const waiting = [ask('hang'), ask(1)];
    await worker[Symbol.asyncDispose]();
    expect(await Promise.all(waiting)).toEqual(['closed', 'closed']);
  });
});
