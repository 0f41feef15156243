// `hopscope` as a script runs it, on a lab of its own: what it prints, and its exit codes.
import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab, type Lab } from '../../engine/testing/lab.ts';
import { CLI } from '../../testing/programs.ts';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Run>;
}

export interface CliLab extends AsyncDisposable {
  readonly lab: Lab;
  /** For files of the test, and the home of the program. */
  readonly folder: string;
  /** Without a terminal. */
  hopscope(...words: string[]): Promise<Run>;
  started(...words: string[]): Started;
  /** Any program, in the same environment. */
  run(program: string, ...words: string[]): Started;
}

/** @param name of the lab: one for each file that has one. */
export async function startCliLab(name: string): Promise<CliLab> {
  const folder = await mkdtemp(join(tmpdir(), 'hopscope-cli-'));
  const lab = await startLab(name);
  const run = (program: string, ...words: string[]): Started => {
    const env = { ...process.env, HOME: folder, SSH_AUTH_SOCK: '' };
    let child: ChildProcess | undefined;
    const ended = new Promise<Run>((resolve) => {
      child = execFile(
        program,
        words,
        { timeout: 60_000, maxBuffer: 1 << 26, env },
        (_error, stdout, stderr) => resolve({ code: child?.exitCode ?? null, stdout, stderr }),
      );
    });
    if (child === undefined) throw new Error('not started');
    child.stdin?.end();
    return { child, ended };
  };
  const started = (...words: string[]): Started => run(process.execPath, ...CLI, ...words);
  return {
    lab,
    folder,
    run,
    started,
    hopscope: (...words) => started(...words).ended,
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
