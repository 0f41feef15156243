import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../app/result.ts';
import { labEnvironment } from './command.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { writeNodeFiles } from './node-files.ts';
import { hostPath, inNode, livingNode } from './node-namespace.ts';
import { findInNode, processName, sendSignal, wakeEntrants } from './processes.ts';
import type { RunningFailure } from './running.ts';
import { controlListener } from './ssh-listener-control.ts';
import { DEFAULT_MAX_SESSIONS, HOST_KEY, makeKey, sshdConfig } from './sshd.ts';

/** With this argument a frozen node answers no new connection either. */
const ALL = 'all';

export const sshFaults: Readonly<Record<string, Fault>> = {
  'sshd-kill': {
    summary: 'every sshd of the node is killed, new connections are refused',
    mendedBy: 'sshd-start',
    inflict: async (target) => {
      await controlListener(target.folder, { operation: 'close', node: target.node.name });
      await wakeEntrants(await livingNode(target.folder, target.node.name));
      await signalSshd(target, 'SIGKILL');
      return ok(undefined);
    },
    mend: async (target) => {
      await inNode(target.folder, target.node.name, ['/usr/sbin/sshd']);
      await controlListener(target.folder, { operation: 'open', node: target.node.name });
      return ok(undefined);
    },
  },
  'sshd-freeze': {
    summary: 'SIGSTOP to every sshd of the node: connections stay open and say nothing',
    argument: `"sessions", or "${ALL}" to leave new connections unanswered too`,
    fallback: 'sessions',
    mendedBy: 'sshd-thaw',
    inflict: async (target) => {
      if (target.argument === ALL)
        await controlListener(target.folder, { operation: 'hold', node: target.node.name });
      await signalSshd(target, 'SIGSTOP', target.argument === ALL ? [] : [await findDaemon(target)]);
      return ok(undefined);
    },
    mend: async (target) => {
      await wakeEntrants(await livingNode(target.folder, target.node.name));
      await signalSshd(target, 'SIGCONT');
      await controlListener(target.folder, { operation: 'release', node: target.node.name });
      return ok(undefined);
    },
  },
  'max-sessions': {
    summary: 'sshd allows fewer channels a connection (sshd_config MaxSessions)',
    argument: 'a number',
    mendedBy: 'max-sessions-default',
    inflict: async (target) => {
      const limit = Number(target.argument);
      if (!/^\d{1,3}$/.test(target.argument))
        return fail({ kind: 'bad-argument', sentence: `"${target.argument}" is not a number of sessions.` });
      return configureSshd(target, limit);
    },
    mend: (target) => configureSshd(target, DEFAULT_MAX_SESSIONS),
  },
  'host-key-change': {
    summary: 'the node shows another host key than known_hosts has',
    mendedBy: 'host-key-restore',
    inflict: async (target) => {
      const { path } = target.folder.node(target.node.name);
      const aside = join(path, 'other-key');
      await rm(aside, { recursive: true, force: true });
      await mkdir(aside);
      const key = join(aside, 'key');
      await makeKey(key, target.node.name, '', labEnvironment(target.folder.path));
      return installHostKey(target, key);
    },
    // The files a boot copies still hold the true key.
    mend: (target) => installHostKey(target, join(target.folder.node(target.node.name).files, HOST_KEY)),
  },
};

async function configureSshd(
  target: FaultTarget,
  maxSessions: number,
): Promise<Result<void, RunningFailure>> {
  const root = hostPath(await livingNode(target.folder, target.node.name), '/');
  await writeNodeFiles(root, [{ path: 'etc/ssh/sshd_config', text: sshdConfig(maxSessions) }]);
  await reloadDaemon(target);
  return ok(undefined);
}

async function installHostKey(target: FaultTarget, key: string): Promise<Result<void, RunningFailure>> {
  const installed = hostPath(await livingNode(target.folder, target.node.name), `/${HOST_KEY}`);
  await copyFile(`${key}.pub`, `${installed}.pub`);
  await copyFile(key, installed);
  await reloadDaemon(target);
  return ok(undefined);
}

/** A login through 127.0.0.1 starts an sshd that reads its files anew; the daemon of port 22 has to be told. */
async function reloadDaemon(target: FaultTarget): Promise<void> {
  const daemon = await findDaemon(target);
  if (daemon !== null) sendSignal(daemon, 'SIGHUP');
}

/** The one that listens says so in its title. */
async function findDaemon(target: FaultTarget): Promise<number | null> {
  for (const pid of await findSshd(target)) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (title.includes('[listener]')) return pid;
  }
  return null;
}

/** Signals every sshd of the node, the daemon of port 22 and each login's. OpenSSH 9.8 split it into sshd-session and sshd-auth. */
async function signalSshd(
  target: FaultTarget,
  signal: NodeJS.Signals,
  except: readonly (number | null)[] = [],
): Promise<void> {
  for (const pid of await findSshd(target)) {
    if (!except.includes(pid)) sendSignal(pid, signal);
  }
}

async function findSshd({ folder, node }: FaultTarget): Promise<number[]> {
  const pids = await findInNode(await livingNode(folder, node.name));
  const names = await Promise.all(pids.map(processName));
  return pids.filter((_, index) => names[index]?.startsWith('sshd') === true);
}
