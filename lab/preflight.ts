import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../app/result.ts';
import { CommandError, labEnvironment, runCommand } from './command.ts';

export interface PreflightFailure {
  readonly kind: 'not-linux' | 'not-root' | 'no-namespaces' | 'missing-tools' | 'wrong-bird';
  readonly sentence: string;
}

export interface Caller {
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
}

/** Each tool of the lab and Debian's package of it. */
const TOOLS: readonly (readonly [tool: string, debianPackage: string])[] = [
  ['ip', 'iproute2'],
  ['bridge', 'iproute2'],
  ['bird', 'bird2'],
  ['birdcl', 'bird2'],
  ['etcd', 'etcd-server'],
  ['etcdctl', 'etcd-client'],
  ['openssl', 'openssl'],
  ['sshd', 'openssh-server'],
  ['ssh-keygen', 'openssh-client'],
  ['sudo', 'sudo'],
  ['tcpdump', 'tcpdump'],
  ['iptables-nft-restore', 'iptables'],
  ['ip6tables-nft-restore', 'iptables'],
  ['busybox', 'busybox'],
  ['perl', 'perl'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['pivot_root', 'util-linux'],
  ['mount', 'mount'],
  ['kubectl', 'kubernetes-client'],
];
const TOOL_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Whether this machine can hold a lab, and if not, the one reason that comes first. Changes nothing. */
export async function checkMachine(
  caller: Caller,
  signal?: AbortSignal,
): Promise<Result<void, PreflightFailure>> {
  if (caller.platform !== 'linux') {
    return fail({
      kind: 'not-linux',
      sentence:
        'The lab needs Linux network namespaces; on this system use --cluster FILE with a cluster of your own.',
    });
  }
  if (caller.uid !== 0) {
    return fail({
      kind: 'not-root',
      sentence:
        'The lab needs root to make its namespaces; run it with sudo, or use --cluster FILE with a cluster of your own.',
    });
  }
  const missing = await findMissingTools();
  if (missing.length > 0) return fail(missingTools(missing));
  const environment = labEnvironment('');
  try {
    const args = [
      '--pid',
      '--mount',
      '--uts',
      '--ipc',
      '--net',
      '--fork',
      '--propagation',
      'private',
      'true',
    ];
    await runCommand('unshare', args, environment, { signal });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    return fail({
      kind: 'no-namespaces',
      sentence: `This machine does not let root make namespaces (${lastWord(cause.message)}); run the lab on a virtual machine or in a container with --privileged.`,
    });
  }
  const { stdout, stderr } = await runCommand('bird', ['--version'], environment, { signal, accept: [1] });
  const version = /version (\d+)\.\S+/.exec(stdout + stderr);
  if (version?.[1] !== '2') {
    return fail({
      kind: 'wrong-bird',
      sentence: `The lab needs BIRD 2, but ${(stdout + stderr).trim()} is installed; run: apt-get install bird2`,
    });
  }
  return ok(undefined);
}

function missingTools(
  missing: readonly (readonly [tool: string, debianPackage: string])[],
): PreflightFailure {
  const tools = missing.map(([tool]) => tool).join(', ');
  const packages = [...new Set(missing.map(([, debianPackage]) => debianPackage))].join(' ');
  return {
    kind: 'missing-tools',
    sentence: `The lab needs ${tools}, not found here; install with: apt-get install ${packages}`,
  };
}

async function findMissingTools(): Promise<(readonly [string, string])[]> {
  const found = await Promise.all(TOOLS.map(async ([tool]) => (await findTool(tool)) !== null));
  return TOOLS.filter((_, index) => found[index] !== true);
}

/** Where a tool lies, looked for where the nodes look for it. */
async function findTool(tool: string): Promise<string | null> {
  for (const folder of TOOL_FOLDERS) {
    const path = join(folder, tool);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return null;
}

/** What `unshare` itself said, without the command line before it. */
function lastWord(message: string): string {
  return message.trim().split('unshare: ').at(-1) ?? message;
}
