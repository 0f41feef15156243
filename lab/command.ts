import { spawn } from 'node:child_process';

/** Set in every process that the lab starts: a sweep after a crash knows its own by it. */
export const RUN_MARKER = 'HOPSCOPE_LAB_RUN';
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

/** Runs a program to its end. @throws CommandError when it cannot start, fails, or outlives its time. */
export async function runCommand(
  file: string,
  args: readonly string[],
  environment: Environment,
  options: RunOptions = {},
): Promise<CommandOutput> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
      cwd: '/',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
    // A program that ends without reading its input (EPIPE) tells the reason in its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
    child.on('error', (cause) => {
      reject(new CommandError(`${describe(file, args)}: ${cause.message}`, { cause }));
    });
    child.on('close', (code, ended) => {
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

function describe(file: string, args: readonly string[]): string {
  return [file, ...args].join(' ').slice(0, 200);
}
