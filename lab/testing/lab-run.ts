import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Result } from '../../app/result.ts';
import { inNode } from '../node-namespace.ts';
import { ownProgram } from '../own-program.ts';
import { identifyProcess } from '../processes.ts';
import { runFolder } from '../run-folder.ts';
import { type InstanceStatus, instanceStatus } from '../status.ts';

const run = promisify(execFile);
const dist = process.env['HOPSCOPE_DIST'];

/** Arguments of `node`: the lab's command line; built of these very sources, if it is (tools/vitest-programs.mjs). */
export const LAB =
  dist === undefined
    ? ownProgram(new URL('../index.ts', import.meta.url).href)
    : [join(dist, 'lab/index.js')];

/** Runs the lab's own command line; what is up goes with the test. @throws with its stderr when it refuses or fails. */
export async function lab(...args: string[]): Promise<string> {
  const forUs = args[0] === 'up' && !args.includes('--for') ? ['--for', String(process.pid)] : [];
  return (await run(process.execPath, [...LAB, ...args, ...forUs], { timeout: 60_000 })).stdout.trim();
}

/** Runs a command on a node over SSH as a client would, with the lab's own key and known_hosts. */
export async function ssh(
  instance: string,
  options: string[],
  node: string,
  command: string,
): Promise<string> {
  const config = join(runFolder(instance).client, 'ssh_config');
  const args = ['-F', config, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', ...options, node, command];
  return (await run('ssh', args, { timeout: 20_000 })).stdout.trimEnd();
}

/** Runs a command on a node as root, past SSH: cheaper, for what is not about logins. */
export async function onNode(instance: string, node: string, command: string): Promise<string> {
  const { stdout } = await inNode(runFolder(instance), node, ['sh', '-c', command]);
  return stdout.trimEnd();
}

/** The value of an expected success. @throws with the sentence of a failure. */
export async function success<T>(result: Promise<Result<T, { readonly sentence: string }>>): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error(settled.failure.sentence);
  return settled.value;
}

export async function status(instance: string): Promise<InstanceStatus> {
  return success(instanceStatus(instance));
}

/** Asks until the answer is right; the last answer is returned either way. */
export async function eventually(
  ask: () => Promise<string>,
  isRight: (answer: string) => boolean,
  timeoutMs: number,
): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer) || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Every namespace that a process of the host is in, and its processes, by `type:[inode]`. */
export async function namespaces(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)) {
    for (const type of ['net', 'mnt', 'pid', 'uts', 'ipc']) {
      const link = await readlink(`/proc/${pid}/ns/${type}`).catch(() => null);
      if (link !== null) found.set(link, [...(found.get(link) ?? []), pid]);
    }
  }
  return found;
}

/** Where a lab could leave something behind on its host outside its namespaces and its folder, a line each. */
export async function hostTraces(): Promise<string[]> {
  const links = await run('ip', ['-o', '-br', 'link']);
  const ruleset = await run('nft', ['list', 'ruleset']);
  const forwarding = await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8');
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return [mounts, links.stdout, ruleset.stdout, `ip_forward ${forwarding}`].flatMap((text) =>
    text.split('\n'),
  );
}

/** Field 22 of /proc/pid/stat: clock ticks since boot. */
export async function startTicks(pid: number): Promise<number> {
  return Number((await identifyProcess(pid))?.startTime ?? NaN);
}
