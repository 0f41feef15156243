import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError, type Environment } from './command.ts';
import { sendSignal } from './processes.ts';

/** A program that says in a line that it is ready, goes on until its standard input ends, and says last what came of it. */
export interface Talker {
  /** Ends its input. @returns what it said after that it was ready. @throws CommandError when it fails, or takes longer. */
  finish(timeoutMs: number): Promise<string>;
  /** At once; one that has ended is none the worse for it. */
  kill(): void;
}

const READY_MS = 10_000;

/** @param what how failures call it. @throws CommandError when it ends before it is ready, or keeps silent. */
export async function startTalker(
  what: string,
  file: string,
  args: readonly string[],
  environment: Environment,
  signal?: AbortSignal,
): Promise<Talker> {
  // A group of its own, as nsenter leaves a child inside the node.
  const child = spawn(file, args, { env: environment, cwd: '/', detached: true, stdio: 'pipe' });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  child.stdin.on('error', () => undefined);
  let isOver = false;
  const kill = (): void => {
    if (child.pid !== undefined && !isOver) sendSignal(-child.pid, 'SIGKILL');
  };
  const closed = once(child, 'close').then(([code]: (number | null)[]) => {
    isOver = true;
    signal?.removeEventListener('abort', kill);
    return code ?? -1;
  });
  closed.catch(() => undefined);
  signal?.addEventListener('abort', kill, { once: true });
  const complain = (how: string): CommandError => {
    kill();
    return new CommandError(`${what}: ${said.err.trim() || how}`);
  };
  const isReady = async (): Promise<boolean> => {
    while (!said.out.includes('\n')) await once(child.stdout, 'data');
    return true;
  };
  if (!(await within(READY_MS, [isReady(), closed.then(() => false)])))
    throw complain('it did not get ready');
  return {
    finish: async (timeoutMs) => {
      child.stdin.end();
      const code = await within(timeoutMs, [closed]);
      if (code !== 0) throw complain(code === undefined ? 'it did not end' : `ended with ${String(code)}`);
      return said.out.slice(said.out.indexOf('\n') + 1);
    },
    kill,
  };
}

/** The first that settles; undefined when none does in time. */
async function within<T>(ms: number, several: readonly Promise<T>[]): Promise<T | undefined> {
  const over = new AbortController();
  const late = delay(ms, undefined, { signal: over.signal, ref: true }).catch(() => undefined);
  try {
    return await Promise.race([...several, late]);
  } finally {
    over.abort();
  }
}
