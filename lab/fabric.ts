import { join } from 'node:path';
import {
  GATEWAY,
  GATEWAY6,
  NIC,
  NIC_IFINDEX,
  NIC_MTU,
  NODE_PREFIX_LENGTH,
  NODE_PREFIX_LENGTH6,
} from './addressing.ts';
import { type CommandOutput, labEnvironment, runCommand, type RunOptions } from './command.ts';
import { startDaemon } from './daemon.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';
import { type ProcessIdentity, readLivingProcess, writeProcessFile } from './processes.ts';
import type { RunFolder } from './run-folder.ts';

/** Shell and Perl programs that run inside the namespaces. */
export const LIBRARY = join(import.meta.dirname, 'sh');
/** Ports of the bridge start here; veth honours a chosen ifindex only if both ends choose (drivers/net/veth.c). */
const FIRST_PORT_IFINDEX = 100;

/** Makes the namespace between the nodes. Every cable of the lab ends in it, none in the host's own. */
export async function startFabric(folder: RunFolder, plan: LabPlan, signal?: AbortSignal): Promise<void> {
  const script = join(LIBRARY, 'fabric-init.sh');
  const dual = plan.nodes.some(({ address6 }) => address6 !== undefined);
  const gateways = [
    `${GATEWAY}/${NODE_PREFIX_LENGTH}`,
    ...(dual ? [`${GATEWAY6}/${NODE_PREFIX_LENGTH6}`] : []),
  ];
  const args = ['--net', 'sh', script, LIBRARY, ...gateways];
  const { pid } = await startDaemon('unshare', args, labEnvironment(folder.path), folder.log, signal);
  await writeProcessFile(folder.fabricPid, pid);
}

/** Plugs a node's NIC in: one end is `ens192` in the node, the other a port of the bridge, named like the node. */
export async function plugIn(
  folder: RunFolder,
  node: NodePlan,
  init: ProcessIdentity,
  signal?: AbortSignal,
): Promise<void> {
  const mtu = `mtu ${NIC_MTU}`;
  const port = (FIRST_PORT_IFINDEX + node.index).toString();
  await inFabric(
    folder,
    [
      `link add name ${node.name} index ${port} ${mtu} type veth peer name ${NIC} index ${NIC_IFINDEX} ${mtu} address ${node.mac} netns ${init.pid}`,
      `link set dev ${node.name} master br0 up`,
    ],
    [0],
    signal,
  );
}

/** Unplugs what is left of a dead node's cable: its namespace takes the cable along only some time after its end. */
export async function unplug(folder: RunFolder, node: NodePlan, signal?: AbortSignal): Promise<void> {
  await inFabric(folder, [`link delete dev ${node.name}`], [0, 1], signal);
}

/** The port of the bridge that a node's NIC leads to. */
export async function setFarEnd(folder: RunFolder, node: NodePlan, state: 'up' | 'down'): Promise<void> {
  await inFabric(folder, [`link set dev ${node.name} ${state}`], [0]);
}

/** Replaces what the fabric drops of one node's packets, by nftables' own words; null: nothing any more. */
export async function filterFabric(folder: RunFolder, node: NodePlan, rules: string[] | null): Promise<void> {
  const table = `bridge node${node.index}`;
  const script = [
    // Deleting what may not be there: first made, then deleted (nft(8)).
    `add table ${table}`,
    `delete table ${table}`,
    ...(rules === null
      ? []
      : [
          `add table ${table}`,
          `add chain ${table} forward { type filter hook forward priority 0; }`,
          ...rules.map((rule) => `add rule ${table} forward ${rule}`),
        ]),
  ];
  await runInFabric(folder, ['nft', '-f', '-'], { stdin: `${script.join('\n')}\n` });
}

/** Runs a program in the fabric's network. */
export async function runInFabric(
  folder: RunFolder,
  command: readonly string[],
  options: RunOptions,
): Promise<CommandOutput> {
  const { pid } = await livingFabric(folder);
  const args = ['-t', pid.toString(), '--net', '--', ...command];
  return runCommand('nsenter', args, labEnvironment(folder.path), options);
}

async function livingFabric(folder: RunFolder): Promise<ProcessIdentity> {
  const fabric = await readLivingProcess(folder.fabricPid);
  if (fabric === null)
    throw new Error(`the fabric of lab "${folder.name}" is gone; run: lab up --name ${folder.name}`);
  return fabric;
}

async function inFabric(
  folder: RunFolder,
  batch: string[],
  accept: number[],
  signal?: AbortSignal,
): Promise<void> {
  await runInFabric(folder, ['ip', '-batch', '-'], { stdin: `${batch.join('\n')}\n`, accept, signal });
}
