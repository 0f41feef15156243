import { readFile, readdir, readlink, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

// A process is its number and its start time (proc(5), /proc/pid/stat field 22, clock ticks since boot):
// the number alone may belong to somebody else by the time it is read.

/** Set in every process that the lab starts: a sweep after a crash knows its own by it. */
export const RUN_MARKER = 'HOPSCOPE_LAB_RUN';

export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Null when there is no such process, or only its remains (a zombie). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readText(`/proc/${pid}/stat`);
  // The name in brackets may hold spaces and brackets; the fields start after the last one.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state] = fields;
  const startTime = fields[19];
  if (state === undefined || startTime === undefined || state === 'Z' || state === 'X') return null;
  return { pid, startTime };
}

export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(process.pid))?.startTime === process.startTime;
}

/** Reads a file of `PID STARTTIME`; null when it is missing or its process has gone. */
export async function readLivingProcess(path: string): Promise<ProcessIdentity | null> {
  const process = parseProcess((await readText(path)) ?? '');
  return process !== null && (await isAlive(process)) ? process : null;
}

/** Reads `PID STARTTIME`. */
export function parseProcess(text: string): ProcessIdentity | null {
  const match = /^(\d+) (\d+)\s*$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined
    ? null
    : { pid: Number(match[1]), startTime: match[2] };
}

export async function writeProcessFile(path: string, pid: number): Promise<void> {
  const process = await identifyProcess(pid);
  if (process === null) throw new Error(`process ${pid} ended as it started`);
  await writeFile(`${path}.new`, `${process.pid} ${process.startTime}\n`);
  await rename(`${path}.new`, path);
}

/** Every process that carries an instance's mark in its environment, whatever its state file says. */
export async function findMarked(runFolderPath: string): Promise<ProcessIdentity[]> {
  const mark = `${RUN_MARKER}=${runFolderPath}`;
  const found: ProcessIdentity[] = [];
  for (const pid of await listProcesses()) {
    const environment = await readText(`/proc/${pid}/environ`);
    if (environment?.split('\0').includes(mark) !== true) continue;
    const process = await identifyProcess(pid);
    if (process !== null) found.push(process);
  }
  return found;
}

/** The host's numbers of a node's own processes, its Pods' not among them. */
export async function findInNode(init: ProcessIdentity): Promise<number[]> {
  const namespace = await readlink(`/proc/${init.pid}/ns/pid`);
  const found: number[] = [];
  for (const pid of await listProcesses()) {
    if ((await linkOf(`/proc/${pid}/ns/pid`)) === namespace) found.push(pid);
  }
  return found;
}

/**
 * Continues every nsenter that waits outside for a process of the node: one whose process was stopped stops
 * itself too (util-linux), and a process that nobody reaps keeps its namespace, and so its node, from ending.
 */
export async function wakeEntrants(init: ProcessIdentity): Promise<void> {
  for (const pid of await findInNode(init)) {
    const stat = await readText(`/proc/${pid}/stat`);
    const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
    if (parent > 1 && (await processName(parent)) === 'nsenter') sendSignal(parent, 'SIGCONT');
  }
}

/** The name a process shows (proc(5), comm: at most 15 bytes); null when it has gone. */
export async function processName(pid: number): Promise<string | null> {
  return (await readText(`/proc/${pid}/comm`))?.trimEnd() ?? null;
}

/** Ends processes for good and waits until they are gone. @throws when one outlives `timeoutMs`. */
export async function killProcesses(processes: readonly ProcessIdentity[], timeoutMs = 5_000): Promise<void> {
  for (const process of processes) {
    if (await isAlive(process)) sendSignal(process.pid, 'SIGKILL');
  }
  const deadline = Date.now() + timeoutMs;
  for (const process of processes) {
    while (await isAlive(process)) {
      if (Date.now() > deadline) throw new Error(`process ${process.pid} does not end`);
      await delay(5);
    }
  }
}

/** Sends a signal; a process that has just ended is no failure. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause;
  }
}

async function listProcesses(): Promise<number[]> {
  return (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
}

async function linkOf(path: string): Promise<string | null> {
  return readlink(path).catch(() => null);
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
