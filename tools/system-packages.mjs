// The system packages Hopscope's own machine needs, named as Debian 12 names them, and how to get them.
import fs from 'node:fs';
import path from 'node:path';
import { isRoot } from './paths.mjs';
import { run } from './run.mjs';

/**
 * What each group is for. Without `window` the program cannot draw; the others only keep the lab and the checks from running.
 * `names`: alternatives, the first for Debian 12, the next for releases after the change to 64-bit time. `command`: found
 * in PATH where the system has no dpkg; a package with `unlessCommand` is not wanted where that command is there already.
 */
export const groups = {
  window: [
    pkg('libgtk-3-0', { newer: 'libgtk-3-0t64' }),
    pkg('libnss3'),
    pkg('libasound2', { newer: 'libasound2t64' }),
    pkg('libatk-bridge2.0-0', { newer: 'libatk-bridge2.0-0t64' }),
    pkg('libatspi2.0-0', { newer: 'libatspi2.0-0t64' }),
    pkg('libcups2', { newer: 'libcups2t64' }),
    pkg('libdrm2'),
    pkg('libgbm1'),
    pkg('libxkbcommon0'),
    pkg('libxcomposite1'),
    pkg('libxdamage1'),
    pkg('libxfixes3'),
    pkg('libxrandr2'),
    pkg('libudev1'),
    pkg('fonts-noto-cjk'),
  ],
  display: [pkg('xvfb', { command: 'Xvfb' })],
  lab: [
    pkg('util-linux', { command: 'unshare' }),
    pkg('iproute2', { command: 'ip' }),
    pkg('tcpdump', { command: 'tcpdump' }),
    pkg('bird2', { command: 'bird' }),
    pkg('openssh-server', { command: 'sshd' }),
    pkg('openssh-client', { command: 'ssh' }),
    pkg('sudo', { command: 'sudo' }),
    pkg('iptables', { command: 'iptables' }),
    pkg('nftables', { command: 'nft' }),
    pkg('ipset', { command: 'ipset' }),
    pkg('conntrack', { command: 'conntrack' }),
    pkg('ethtool', { command: 'ethtool' }),
    pkg('etcd-server', { command: 'etcd' }),
    pkg('etcd-client', { command: 'etcdctl' }),
    pkg('busybox', { command: 'busybox' }),
    pkg('procps', { command: 'ps' }),
    pkg('kubernetes-client', { command: 'kubectl', unlessCommand: 'kubectl' }),
  ],
  checks: [pkg('tshark', { command: 'tshark' })],
};

function pkg(name, { newer, command, unlessCommand } = {}) {
  return { names: newer ? [name, newer] : [name], command, unlessCommand };
}

/** Whether `command` is a program in PATH, or where administrators' programs lie. */
export function hasCommand(command) {
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/usr/sbin',
    '/sbin',
    '/usr/local/sbin',
  ];
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, command)));
}

/**
 * The packages of Linux that are not there: `[{ group, names, command }]`. One call of dpkg-query on Debian's kind;
 * elsewhere by the commands they bring. Nothing is needed on macOS and Windows.
 */
export async function missingPackages() {
  if (process.platform !== 'linux') return [];
  const wanted = Object.entries(groups).flatMap(([group, list]) =>
    list
      .filter(({ unlessCommand }) => unlessCommand === undefined || !hasCommand(unlessCommand))
      .map((entry) => ({ group, ...entry })),
  );
  if (!hasCommand('dpkg-query')) {
    return wanted.filter(({ command }) => command !== undefined && !hasCommand(command));
  }
  const names = wanted.flatMap((entry) => entry.names);
  // dpkg-query's exit code only says that it does not know some of the names.
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n', ...names]);
  const installed = new Set(
    stdout
      .split('\n')
      .flatMap((line) => (line.startsWith('installed ') ? [line.slice('installed '.length)] : [])),
  );
  return wanted.filter((entry) => !entry.names.some((name) => installed.has(name)));
}

/** The command a user can paste to install `missing`, for the package tool this system has. */
export function installCommand(missing) {
  const names = missing.map((entry) => entry.names[0]);
  const sudo = isRoot ? '' : 'sudo ';
  if (hasCommand('apt-get')) return `${sudo}apt-get install --no-install-recommends ${names.join(' ')}`;
  const fedora = {
    bird2: 'bird',
    'openssh-client': 'openssh-clients',
    iproute2: 'iproute',
    conntrack: 'conntrack-tools',
  };
  Object.assign(fedora, {
    xvfb: 'xorg-x11-server-Xvfb',
    tshark: 'wireshark-cli',
    'etcd-server': 'etcd',
    procps: 'procps-ng',
  });
  if (hasCommand('dnf')) return `${sudo}dnf install ${names.map((name) => fedora[name] ?? name).join(' ')}`;
  return `install with your system's package tool (Debian's names): ${names.join(' ')}`;
}
