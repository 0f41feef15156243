// A lab that goes with the process that wanted it (`up --for PID`): tests that are killed end none themselves.
import { readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { removeInstance } from './instance.ts';
import { withLock } from './instance-lock.ts';
import { identifyProcess, isAlive, parseProcess } from './processes.ts';
import { type RunFolder, runFolder } from './run-folder.ts';
import { listInstances } from './state.ts';

/** Each takes about a second; the next `up` goes on. */
const MOST_REMOVED = 4;
const MOST_BROKEN = 4;
/** Whoever is at work on one that is left behind has a use for it. ms */
const LOCK_WAIT_MS = 500;

/** What a `RunFolder.maker` says: pid, start time and the pid namespace that they count in. */
async function read(folder: RunFolder): Promise<'none' | 'living' | 'dead'> {
  const text = await readFile(folder.maker, 'utf8').catch(() => null);
  const [, process, namespace] = /^(\d+ \d+) (\S+)\s*$/.exec(text ?? '') ?? [];
  const maker = parseProcess(process ?? '');
  if (maker === null) return 'none';
  // Of another pid namespace that shares this folder nobody here can tell who lives.
  if (namespace !== (await readlink('/proc/self/ns/pid'))) return 'living';
  return (await isAlive(maker)) ? 'living' : 'dead';
}

/** For a lab that is built, and for one that is handed on: what somebody else's process holds, or nobody's, stays so. */
export async function writeMaker(folder: RunFolder, pid: number | null, built: boolean): Promise<void> {
  if (!built && (await read(folder)) !== 'dead') return;
  if (pid === null) {
    await rm(folder.maker, { force: true });
    return;
  }
  const maker = await identifyProcess(pid);
  if (maker === null) throw new Error(`process ${pid}, which the lab is to go with, is not there`);
  const namespace = await readlink('/proc/self/ns/pid');
  await writeFile(`${folder.maker}.new`, `${maker.pid} ${maker.startTime} ${namespace}\n`);
  await rename(`${folder.maker}.new`, folder.maker);
}

/** Ends labs whose maker has ended. @param warn gets a sentence of one that cannot be ended. @returns the names of those that are. */
export async function removeOrphans(warn: (sentence: string) => void): Promise<string[]> {
  const removed: string[] = [];
  let broken = 0;
  for (const name of await listInstances()) {
    if (removed.length >= MOST_REMOVED || broken >= MOST_BROKEN) break;
    if ((await read(runFolder(name))) !== 'dead') continue;
    const work = async (folder: RunFolder): Promise<void> => {
      // It may have been handed on meanwhile.
      if ((await read(folder)) !== 'dead') return;
      await removeInstance(folder);
      removed.push(name);
    };
    await withLock(name, work, AbortSignal.timeout(LOCK_WAIT_MS)).catch((error: unknown) => {
      // Somebody is at work on it.
      if (error instanceof DOMException) return;
      broken += 1;
      const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
      warn(
        `lab "${name}" was left behind and could not be ended (${why}): end it with "hopscope lab down --name ${name}"`,
      );
    });
  }
  return removed;
}
