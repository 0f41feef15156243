import { chmod, chown, copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { labEnvironment, removeTree } from './command.ts';
import type { LabPlan, NodePlan } from './lab-plan.ts';
import type { RunFolder } from './run-folder.ts';
import { makeKey } from './sshd.ts';

/** Opens `id_ed25519_encrypted`; it protects nothing but the test of asking for it. */
export const KEY_PASSPHRASE = 'hopscope-lab';
const KEY = 'id_ed25519';
const ENCRYPTED_KEY = 'id_ed25519_encrypted';

export interface ClientSetUp {
  readonly folder: RunFolder;
  readonly plan: LabPlan;
  /** The port on 127.0.0.1 behind which each node's sshd answers. */
  readonly ports: Readonly<Record<string, number>>;
  /** Each node's host key: type and base64. */
  readonly hostKeys: Readonly<Record<string, string>>;
  /** Who may read the files: the user that the window runs as. */
  readonly owner: number;
}

/** Makes both client keys, where root alone can change them. @returns the text of every node's authorized_keys. */
export async function makeClientKeys(folder: RunFolder, signal?: AbortSignal): Promise<string> {
  await mkdir(folder.clientKeys, { recursive: true, mode: 0o700 });
  const environment = labEnvironment(folder.path);
  const keys = await Promise.all([
    makeKey(join(folder.clientKeys, KEY), 'hopscope-lab', '', environment, signal),
    makeKey(
      join(folder.clientKeys, ENCRYPTED_KEY),
      'hopscope-lab-encrypted',
      KEY_PASSPHRASE,
      environment,
      signal,
    ),
  ]);
  return keys.map((key) => `${key}\n`).join('');
}

/**
 * Writes what a client needs, then gives the whole folder to its owner. A folder that an owner had before is replaced,
 * never written into or given on: what lies in it may be a link to anywhere, or a program for the next owner to run.
 */
export async function writeClientFiles(setUp: ClientSetUp): Promise<void> {
  const { folder, plan, owner } = setUp;
  const direct = (node: NodePlan, user: string): object => ({
    name: node.name,
    host: '127.0.0.1',
    port: setUp.ports[node.name],
    user,
    identityFile: join(folder.client, KEY),
  });
  const asRoot = plan.nodes.map((node) => direct(node, 'root'));
  const withRights = plan.nodes.map((node) =>
    node.user === undefined
      ? direct(node, 'root')
      : { ...direct(node, node.user.name), ...(node.user.sudo ? { sudo: true } : {}) },
  );
  const [master] = plan.nodes;
  const throughMaster = plan.nodes.map((node) =>
    node.index === 0
      ? direct(node, 'root')
      : { ...direct(node, 'root'), host: node.address, port: 22, proxyJump: master?.name },
  );
  const files: Record<string, string> = {
    known_hosts: knownHosts(setUp),
    ssh_config: sshConfig(setUp),
    'cluster.yml': clusterFile(setUp, asRoot),
    'cluster-rights.yml': clusterFile(setUp, withRights),
    'cluster-jump.yml': clusterFile(setUp, throughMaster),
  };
  const made = `${folder.client}.new`;
  const old = `${folder.client}.old`;
  await Promise.all([removeTree(made), removeTree(old)]);
  await mkdir(made, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  for (const name of [KEY, ENCRYPTED_KEY])
    for (const file of [name, `${name}.pub`]) await copyFile(join(folder.clientKeys, file), join(made, file));
  await give(made, owner);
  await rename(folder.client, old).catch(() => undefined);
  await rename(made, folder.client);
  await removeTree(old);
}

function clusterFile({ folder, plan }: ClientSetUp, nodes: readonly object[]): string {
  const name = plan.name === 'default' ? 'lab' : `lab-${plan.name}`;
  const kubectl = { node: plan.nodes[0]?.name };
  return stringify({
    schema: 1,
    name,
    knownHosts: join(folder.client, 'known_hosts'),
    nodes,
    inventory: { kubectl },
  });
}

/** Each key twice: behind its port of 127.0.0.1, and at the node's own address for a jump. */
function knownHosts({ plan, ports, hostKeys }: ClientSetUp): string {
  return plan.nodes
    .map(({ name, address }) => {
      const key = hostKeys[name] ?? '';
      return `[127.0.0.1]:${ports[name] ?? 22} ${key}\n${address} ${key}\n`;
    })
    .join('');
}

/** For people: `ssh -F …/ssh_config k8s-worker-1`. */
function sshConfig({ folder, plan, ports }: ClientSetUp): string {
  const hosts = plan.nodes.map(
    ({ name }) => `Host ${name}\n  HostName 127.0.0.1\n  Port ${ports[name] ?? 22}\n`,
  );
  return `${hosts.join('')}Host *
  User root
  IdentityFile ${join(folder.client, KEY)}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(folder.client, 'known_hosts')}
  StrictHostKeyChecking yes
`;
}

/** All of it, private keys readable by nobody else; the folder last, for from then on it is not ours. */
async function give(made: string, owner: number): Promise<void> {
  const group = await groupOf(owner);
  for (const name of await readdir(made)) {
    const path = join(made, name);
    await chmod(path, name === KEY || name === ENCRYPTED_KEY ? 0o600 : 0o644);
    await chown(path, owner, group);
  }
  await chown(made, owner, group);
}

async function groupOf(uid: number): Promise<number> {
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  return Number(users.find((fields) => fields[2] === uid.toString())?.[3] ?? uid);
}
