import { spawn } from 'node:child_process';
import { RUN_MARKER, sendSignal } from './processes.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** A slow machine under load needs seconds; nothing here may hang. */
const DEFAULT_TIMEOUT_MS = 30_000;

export type Environment = Readonly<Record<string, string>>;

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Exit codes other than 0 that are an answer, not a failure. */
  readonly accept?: readonly number[];
}

export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of the lab's own ended badly. Its message names the command and what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * What a process of the lab sees of the caller's environment: nothing, for it is readable inside the nodes.
 * @param runFolder the instance's run folder, for the sweep after a crash.
 */
export function labEnvironment(runFolder: string): Environment {
  return { PATH, HOME: '/root', LANG: 'C.UTF-8', SHELL: '/bin/bash', [RUN_MARKER]: runFolder };
}

/** What `runCommand` has under way: it ends with us, as the lock does that let it begin. */
const running = new Set<number>();
process.on('exit', () => {
  for (const pid of running) sendSignal(-pid, 'SIGKILL');
});

/**
 * Runs a program to its end. When its time is over, it is killed with all that it started: `nsenter` leaves a child
 * inside the node, which would go on and hold our pipes. @throws CommandError when it cannot start, fails, or outlives its time.
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  environment: Environment,
  options: RunOptions = {},
): Promise<CommandOutput> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A group of its own, whose number all namespaces share.
    const child = spawn(file, args, {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      cwd: '/',
    });
    const { pid } = child;
    if (pid !== undefined) {
      running.add(pid);
      child.once('exit', () => running.delete(pid));
    }
    const over = new AbortController();
    const end = (): void => {
      if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
      // Who has left the group may still hold the other ends.
      child.stdout.destroy();
      child.stderr.destroy();
      const cause: unknown = signal.reason;
      const why = cause instanceof Error ? cause.message : String(cause);
      reject(new CommandError(`${describe(file, args)}: ${why}`, { cause }));
    };
    signal.addEventListener('abort', end, { signal: over.signal });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
    // A program that ends without reading its input (EPIPE) tells the reason in its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    child.on('error', (cause) => {
      over.abort();
      reject(new CommandError(`${describe(file, args)}: ${cause.message}`, { cause }));
    });
    child.on('close', (code, ended) => {
      over.abort();
      const output = {
        exitCode: code ?? -1,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      };
      if (code === 0 || (code !== null && options.accept?.includes(code) === true)) resolve(output);
      else
        reject(
          new CommandError(
            `${describe(file, args)}: ${output.stderr.trim() || `ended with ${ended ?? String(code)}`}`,
          ),
        );
    });
  });
}

/** By rm(1), whose steps no owner of a folder below can lead elsewhere with a symbolic link; Node's own go by path. */
export async function removeTree(path: string): Promise<void> {
  await runCommand('rm', ['-rf', '--one-file-system', '--', path], { PATH });
}

function describe(file: string, args: readonly string[]): string {
  return [file, ...args].join(' ').slice(0, 200);
}
