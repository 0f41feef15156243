import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { CommandError, type Environment } from './command.ts';

/** A slow machine under load starts Node in seconds; longer than this is a fault. */
const READY_TIMEOUT_MS = 20_000;

export interface Daemon {
  readonly pid: number;
  /** The first line it printed: its way to say that it is ready. */
  readonly firstLine: string;
}

/**
 * Starts a process that outlives this one, and waits for its first line. What it prints to stderr goes to `log`.
 * @throws CommandError when it ends before that line, or keeps silent.
 */
export async function startDaemon(
  file: string,
  args: readonly string[],
  environment: Environment,
  log: string,
  signal?: AbortSignal,
): Promise<Daemon> {
  signal?.throwIfAborted();
  const logFile = await open(log, 'a', 0o600);
  const child = spawn(file, args, {
    env: environment,
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', logFile.fd],
  });
  if (child.stdout === null) throw new Error('spawn gave no pipe');
  const output = child.stdout;
  const lines = createInterface({ input: output });
  const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
  const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  // Only until it is ready: then it lives on its own, whatever becomes of the start it was part of.
  const ready = new AbortController();
  try {
    const firstLine = await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      child.once('error', (cause) => {
        reject(new CommandError(`${file} does not start: ${cause.message}`, { cause }));
      });
      child.once('exit', (code, ended) => {
        reject(new CommandError(`${file} ended at once with ${ended ?? String(code)}; ${log} says why`));
      });
      limit.addEventListener(
        'abort',
        () => {
          child.kill('SIGKILL');
          reject(new CommandError(`${file} did not get ready; ${log} may say why`, { cause: limit.reason }));
        },
        { signal: ready.signal },
      );
    });
    if (child.pid === undefined) throw new CommandError(`${file} has no process number`);
    return { pid: child.pid, firstLine };
  } finally {
    ready.abort();
    lines.close();
    output.destroy();
    child.unref();
    await logFile.close();
  }
}
