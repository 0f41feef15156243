import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok, type Result } from '../app/result.ts';
import { badName, isInstanceName, type LabPlan, type LabSize } from './plan.ts';
import { identifyProcess, isAlive, parseProcess } from './processes.ts';
import { RUN_ROOT, type RunFolder, runFolder } from './run-folder.ts';

/** What a later command must know of an instance; processes are in PID files of their own, written as they start. */
export interface LabState {
  readonly schema: 1;
  readonly phase: 'starting' | 'up';
  readonly plan: LabPlan;
  /** As asked for; the plan changes with its Pods. */
  readonly size: LabSize;
  readonly ports: Readonly<Record<string, number>>;
  readonly owner: number;
  /** Milliseconds between two fetches of the client. */
  readonly intervalMs: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

export interface StateFailure {
  readonly kind: 'bad-name' | 'no-lab' | 'busy';
  readonly sentence: string;
}

/** Longer than any command under the lock takes. */
const LOCK_TIMEOUT_MS = 60_000;

export async function readState(folder: RunFolder): Promise<Result<LabState, StateFailure>> {
  const text = await readFile(folder.state, 'utf8').catch(() => null);
  if (text === null) {
    return fail({
      kind: 'no-lab',
      sentence: `There is no lab "${folder.name}"; start one with: lab up --name ${folder.name}`,
    });
  }
  return ok(JSON.parse(text) as LabState);
}

export async function writeState(folder: RunFolder, state: LabState): Promise<void> {
  await writeFile(`${folder.state}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${folder.state}.new`, folder.state);
}

/** Names of the instances that left a folder, running or not. */
export async function listInstances(): Promise<string[]> {
  const entries = await readdir(RUN_ROOT, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && isInstanceName(entry.name))
    .map((entry) => entry.name);
}

/** One command at a time changes an instance. The lock is a folder with its holder's identity: a dead holder's is taken over. */
export async function withLock<T>(
  name: string,
  work: (folder: RunFolder) => Promise<T>,
): Promise<Result<T, StateFailure>> {
  if (!isInstanceName(name)) return fail(badName(name));
  await mkdir(RUN_ROOT, { recursive: true, mode: 0o755 });
  const lock = join(RUN_ROOT, `.lock-${name}`);
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  while (!(await takeLock(lock))) {
    if (Date.now() > deadline) {
      return fail({
        kind: 'busy',
        sentence: `Another command is at work on lab "${name}"; try again when it has ended.`,
      });
    }
    await delay(50);
  }
  try {
    return ok(await work(runFolder(name)));
  } finally {
    await rm(lock, { recursive: true, force: true });
    // The last instance takes the common folder along; while another is there this fails, as it should.
    await rmdir(RUN_ROOT).catch(() => undefined);
  }
}

async function takeLock(lock: string): Promise<boolean> {
  const holder = join(lock, 'holder');
  const self = await identifyProcess(process.pid);
  if (self === null) throw new Error('/proc does not show this process');
  try {
    await mkdir(lock);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    // The last command of another instance may just have removed the common folder.
    if (cause.code === 'ENOENT') await mkdir(RUN_ROOT, { recursive: true, mode: 0o755 });
    else if (cause.code !== 'EEXIST') throw cause;
    else if (await isAbandoned(lock, holder)) await rm(lock, { recursive: true, force: true });
    return false;
  }
  await writeFile(holder, `${self.pid} ${self.startTime}\n`);
  return true;
}

async function isAbandoned(lock: string, holder: string): Promise<boolean> {
  const process = parseProcess(await readFile(holder, 'utf8').catch(() => ''));
  if (process !== null) return !(await isAlive(process));
  // A holder that has made the folder but not yet its file is not dead.
  const age = Date.now() - ((await stat(lock).catch(() => null))?.mtimeMs ?? Date.now());
  return age > 2_000;
}
