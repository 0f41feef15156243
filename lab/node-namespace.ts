import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, type CommandOutput, labEnvironment, runCommand, type RunOptions } from './command.ts';
import { startDaemon } from './daemon.ts';
import { LIBRARY, plugIn, unplug } from './fabric.ts';
import type { NodePlan, PodPlan } from './lab-plan.ts';
import { killProcesses, type ProcessIdentity, readLivingProcess, wakeEntrants } from './processes.ts';
import type { RunFolder } from './run-folder.ts';

const NAMESPACES = ['--pid', '--mount', '--uts', '--ipc', '--net'];
/** Where sh/*.sh lies inside a node. */
export const NODE_LIBRARY = '/usr/local/lib/hopscope-lab';

/** Switches a machine on: a new boot id, its namespaces, its PID 1, its NIC, its services. */
export async function bootNode(folder: RunFolder, node: NodePlan, signal?: AbortSignal): Promise<void> {
  const { path, bootId } = folder.node(node.name);
  await mkdir(path, { recursive: true });
  await writeFile(`${bootId}.new`, `${randomUUID()}\n`);
  await rename(`${bootId}.new`, bootId);
  // PID 1 is the child of `unshare --fork`, which stays as its parent on the host.
  const args = [
    ...NAMESPACES,
    '--fork',
    '--propagation',
    'private',
    'sh',
    join(LIBRARY, 'node-init.sh'),
    path,
    LIBRARY,
  ];
  await startDaemon('unshare', args, labEnvironment(folder.path), folder.log, signal);
  await plugIn(folder, node, await livingNode(folder, node.name), signal);
  await inNode(folder, node.name, ['sh', `${NODE_LIBRARY}/node-up.sh`], { signal });
}

/** Switches a machine off: with PID 1 the kernel ends every process of its namespace, and with them all else goes. */
export async function killNode(folder: RunFolder, node: NodePlan, signal?: AbortSignal): Promise<void> {
  const init = await readLivingProcess(folder.node(node.name).pid);
  if (init !== null) {
    await wakeEntrants(init);
    await killProcesses([init]);
  }
  await unplug(folder, node, signal);
}

/** A node's PID 1. @throws when the node does not run. */
export async function livingNode(folder: RunFolder, name: string): Promise<ProcessIdentity> {
  const init = await readLivingProcess(folder.node(name).pid);
  if (init === null)
    throw new Error(`node ${name} of lab "${folder.name}" does not run; run: lab up --name ${folder.name}`);
  return init;
}

/** Arguments of `nsenter` that put a program where a login on the node would: `--wd` is PID 1's folder, `--wd=/` the host's. */
export function enterArguments(init: ProcessIdentity): string[] {
  return ['-t', init.pid.toString(), ...NAMESPACES, '--wd', '--'];
}

/** Runs a program on a node, as root. */
export async function inNode(
  folder: RunFolder,
  name: string,
  command: readonly string[],
  options?: RunOptions,
): Promise<CommandOutput> {
  const init = await livingNode(folder, name);
  return runCommand('nsenter', [...enterArguments(init), ...command], labEnvironment(folder.path), options);
}

/** Arguments of `nsenter` for a program of the node's in the network of a Pod; null: in the node's own. @throws when there is no such Pod. */
export async function enterNetwork(
  folder: RunFolder,
  node: NodePlan,
  pod: PodPlan | null,
  command: readonly string[],
): Promise<string[]> {
  const init = await livingNode(folder, node.name);
  if (pod === null) return [...enterArguments(init), ...command];
  const pid = await readFile(hostPath(init, `/run/lab/pods/${pod.name}`), 'utf8').catch(() => '');
  if (pid.trim() === '') throw new CommandError(`Pod ${pod.name} does not run`);
  return [...enterArguments(init), 'nsenter', '-t', pid.trim(), '-n', '--', ...command];
}

/** A path of a running node, as the host reaches it. */
export function hostPath(init: ProcessIdentity, path: string): string {
  return join(`/proc/${init.pid}/root`, path);
}
