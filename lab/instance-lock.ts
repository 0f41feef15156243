import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok, type Result } from '../app/result.ts';
import { badName, isInstanceName } from './plan.ts';
import { type RunFolder, runFolder } from './run-folder.ts';

export interface LockFailure {
  readonly kind: 'bad-name' | 'not-root' | 'busy';
  readonly sentence: string;
}

/** Longer than any command under the lock takes. */
const LOCK_TIMEOUT_MS = 60_000;
const RETRY_MS = 50;

/**
 * One command at a time changes an instance. The lock is a socket with an abstract name (unix(7)), which one process
 * at a time can hold and the kernel frees with it, however it ends: no file is left, none has to be taken over.
 * @param signal ends the waiting; the work has to see to itself. @throws its reason.
 */
export async function withLock<T>(
  name: string,
  work: (folder: RunFolder) => Promise<T>,
  signal?: AbortSignal,
): Promise<Result<T, LockFailure>> {
  if (!isInstanceName(name)) return fail(badName(name));
  if (process.getuid?.() !== 0) return fail({ kind: 'not-root', sentence: needsRoot(name) });
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  let lock = await takeLock(name);
  while (lock === null) {
    if (Date.now() > deadline) {
      return fail({
        kind: 'busy',
        sentence: `Another command is at work on lab "${name}"; try again when it has ended.`,
      });
    }
    await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    lock = await takeLock(name);
  }
  try {
    return ok(await work(runFolder(name)));
  } finally {
    lock.close();
  }
}

export function needsRoot(name: string): string {
  return `Lab "${name}" can be asked and changed by root alone; run this command with sudo.`;
}

async function takeLock(name: string): Promise<Server | null> {
  // Nothing is said on it: who connects is sent away.
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') resolve(null);
      else reject(cause);
    });
    server.listen({ path: `\0hopscope-lab/${name}` }, () => {
      resolve(server);
    });
  });
}
