import { rmdir } from 'node:fs/promises';
import { removeTree } from './command.ts';
import { readFaults } from './fault-record.ts';
import { findEnded } from './node-services.ts';
import { findMarked, isAlive, killProcesses, type ProcessIdentity, readLivingProcess } from './processes.ts';
import type { LabState } from './state.ts';
import { RUN_ROOT, type RunFolder } from './run-folder.ts';

/** Killing a process can free others to appear (a listener's last login): sweep until a sweep finds none. */
const MAX_SWEEPS = 10;

/**
 * Ends every process of an instance and removes its folder, whatever state a crash left it in. The namespaces, their
 * mounts and cables live only by their processes, so nothing else has to be undone.
 */
export async function removeInstance(folder: RunFolder): Promise<void> {
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
    const found = await findMarked(folder.path);
    if (found.length === 0) {
      await removeTree(folder.path);
      // The last instance takes the common folder along; while another is there this fails, as it should.
      await rmdir(RUN_ROOT).catch(() => undefined);
      return;
    }
    await killProcesses(found);
  }
  throw new Error(`processes of lab "${folder.name}" come back as fast as they are ended`);
}

/** What has ended of an instance and should run, by what it is: of its frame, else of what runs on its nodes. */
export async function findDamage(folder: RunFolder, state: LabState): Promise<string[]> {
  const broken = await findBroken(folder, state);
  if (broken.length > 0) return broken;
  const faults = await readFaults(folder);
  const ended = await Promise.all(
    state.plan.nodes.map(async (node) => {
      const init = await livingAt(folder.node(node.name).pid);
      return init === null ? [node.name] : findEnded(init, state.plan, node, faults);
    }),
  );
  return ended.flat();
}

/** The processes without which no command can be carried out, by what they are. */
export async function findBroken(folder: RunFolder, state: LabState): Promise<string[]> {
  const files: [string, string][] = [
    ['the fabric', folder.fabricPid],
    ['the SSH listener', folder.listenerPid],
    ['the API server', folder.apiServerPid],
    ...state.plan.nodes.map((node): [string, string] => [node.name, folder.node(node.name).pid]),
  ];
  const living = await Promise.all(files.map(([, path]) => livingAt(path)));
  return files.filter((_, index) => living[index] === null).map(([what]) => what);
}

async function livingAt(path: string): Promise<ProcessIdentity | null> {
  const process = await readLivingProcess(path);
  return process !== null && (await isAlive(process)) ? process : null;
}
