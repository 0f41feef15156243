// Starts follow-child.ts as "us", for tests that stop or kill it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ChildOrder } from './follow-child.ts';

const entry = fileURLToPath(new URL('./follow-child.ts', import.meta.url));

export interface ChildOfOurs extends AsyncDisposable {
  readonly process: ChildProcess;
  /** The guard's id, as in HOPSCOPE_GUARD. */
  readonly id: string;
}

/** Resolves at the first tick, when all streams are started and tcpdump listens. */
export async function childOfOurs(order: ChildOrder): Promise<ChildOfOurs> {
  const child = spawn(process.execPath, ['--import', 'tsx', entry, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let id = '';
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'tick') break;
    id = line;
  }
  if (id === '') throw new Error('the child never began');
  child.stdout.resume();
  return {
    process: child,
    id,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
