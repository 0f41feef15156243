import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../app/result.ts';
import { KEY_PASSPHRASE } from './client-files.ts';
import { type ActiveFault, readFaults } from './fault-record.ts';
import { findDamage } from './instance.ts';
import type { PodPlan } from './lab-plan.ts';
import { badName, isInstanceName } from './plan.ts';
import { readLivingProcess } from './processes.ts';
import { type RunFolder, runFolder } from './run-folder.ts';
import { readState, type StateFailure } from './state.ts';

/** More than a line of a terminal holds are counted. */
const MAX_NAMED_PODS = 4;

/** What `lab status --json` prints for one instance. */
export interface InstanceStatus {
  readonly name: string;
  /** `broken`: it was up, and parts of it have ended since. */
  readonly phase: 'starting' | 'up' | 'broken';
  /** The parts that have ended. */
  readonly broken: readonly string[];
  readonly startedAt: string;
  /** Milliseconds between two fetches of the client. */
  readonly intervalMs: number;
  readonly client: {
    readonly folder: string;
    readonly owner: number;
    readonly knownHosts: string;
    readonly identityFile: string;
    readonly encryptedIdentityFile: string;
    /** Opens the encrypted key. */
    readonly passphrase: string;
    readonly sshConfig: string;
    readonly cluster: string;
    readonly clusterRights: string;
    readonly clusterJump: string;
  };
  readonly nodes: readonly NodeStatus[];
  readonly faults: readonly ActiveFault[];
}

interface NodeStatus {
  readonly name: string;
  readonly address: string;
  /** On 127.0.0.1. */
  readonly sshPort: number | null;
  /** The host's number of its PID 1. */
  readonly pid: number | null;
  readonly bootId: string | null;
  readonly pods: readonly PodPlan[];
}

export async function instanceStatus(name: string): Promise<Result<InstanceStatus, StateFailure>> {
  if (!isInstanceName(name)) return fail(badName(name));
  const folder = runFolder(name);
  const read = await readState(folder);
  if (!read.ok) return read;
  const state = read.value;
  const broken = await findDamage(folder, state);
  return ok({
    name,
    phase: state.phase === 'up' && broken.length > 0 ? 'broken' : state.phase,
    broken,
    startedAt: state.startedAt,
    intervalMs: state.intervalMs,
    client: clientPaths(folder, state.owner),
    nodes: await Promise.all(
      state.plan.nodes.map(async (node) => {
        const paths = folder.node(node.name);
        return {
          name: node.name,
          address: node.address,
          sshPort: state.ports[node.name] ?? null,
          pid: (await readLivingProcess(paths.pid))?.pid ?? null,
          bootId: (await readFile(paths.bootId, 'utf8').catch(() => null))?.trim() ?? null,
          pods: node.pods,
        };
      }),
    ),
    faults: await readFaults(folder),
  });
}

/** For people: what runs, and how to get in. */
export function describeStatus(status: InstanceStatus): string {
  const nodes = status.nodes.map(({ name, address, sshPort, pid, pods }) => {
    const door = pid === null ? 'not running' : `ssh on 127.0.0.1:${String(sshPort)}`;
    return `  ${name} ${address}: ${door}; ${describePods(pods)}`;
  });
  const faults = status.faults.map(
    ({ name, node, argument }) =>
      `  fault ${name} on ${node}${argument === undefined ? '' : ` (${argument})`}`,
  );
  const broken = status.broken.length === 0 ? '' : `: ${status.broken.join(', ')} ended`;
  const ways = [
    `  cluster file: ${status.client.cluster}`,
    `  shell: ssh -F ${status.client.sshConfig} ${status.nodes[0]?.name ?? ''}`,
  ];
  return [`lab "${status.name}" ${status.phase}${broken}`, ...nodes, ...faults, ...ways].join('\n');
}

function describePods(pods: readonly PodPlan[]): string {
  if (pods.length === 0) return 'no Pods';
  if (pods.length > MAX_NAMED_PODS) return `${pods.length} Pods`;
  return pods.map((pod) => `${pod.name} ${pod.address}`).join(', ');
}

function clientPaths({ client }: RunFolder, owner: number): InstanceStatus['client'] {
  return {
    folder: client,
    owner,
    knownHosts: join(client, 'known_hosts'),
    identityFile: join(client, 'id_ed25519'),
    encryptedIdentityFile: join(client, 'id_ed25519_encrypted'),
    passphrase: KEY_PASSPHRASE,
    sshConfig: join(client, 'ssh_config'),
    cluster: join(client, 'cluster.yml'),
    clusterRights: join(client, 'cluster-rights.yml'),
    clusterJump: join(client, 'cluster-jump.yml'),
  };
}
