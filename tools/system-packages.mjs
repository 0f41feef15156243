// The system packages Hopscope's own machine needs, named as Debian 12 names them, and how to get them.
import fs from 'node:fs';
import path from 'node:path';
import { isRoot } from './paths.mjs';
import { run } from './run.mjs';

/**
 * What each group is for. Without `window` the program cannot draw; the others only keep the lab, a display of our own, Chinese
 * text or the checks from being there. `names`: alternatives, the first for Debian 12, the next for releases after the change
 * to 64-bit time. Where there is no dpkg a package is known by its `command` in PATH, or by its `library` (a soname).
 * `fedora`: its name there. A package with `unlessCommand` is not wanted where that command is there already.
 */
export const groups = {
  window: [
    pkg('libgtk-3-0', { newer: 'libgtk-3-0t64', library: 'libgtk-3.so.0', fedora: 'gtk3' }),
    pkg('libnss3', { library: 'libnss3.so', fedora: 'nss' }),
    pkg('libasound2', { newer: 'libasound2t64', library: 'libasound.so.2', fedora: 'alsa-lib' }),
    pkg('libatk-bridge2.0-0', {
      newer: 'libatk-bridge2.0-0t64',
      library: 'libatk-bridge-2.0.so.0',
      fedora: 'at-spi2-atk',
    }),
    pkg('libatspi2.0-0', { newer: 'libatspi2.0-0t64', library: 'libatspi.so.0', fedora: 'at-spi2-core' }),
    pkg('libcups2', { newer: 'libcups2t64', library: 'libcups.so.2', fedora: 'cups-libs' }),
    pkg('libdrm2', { library: 'libdrm.so.2', fedora: 'libdrm' }),
    pkg('libgbm1', { library: 'libgbm.so.1', fedora: 'mesa-libgbm' }),
    pkg('libxkbcommon0', { library: 'libxkbcommon.so.0', fedora: 'libxkbcommon' }),
    pkg('libxcomposite1', { library: 'libXcomposite.so.1', fedora: 'libXcomposite' }),
    pkg('libxdamage1', { library: 'libXdamage.so.1', fedora: 'libXdamage' }),
    pkg('libxfixes3', { library: 'libXfixes.so.3', fedora: 'libXfixes' }),
    pkg('libxrandr2', { library: 'libXrandr.so.2', fedora: 'libXrandr' }),
    pkg('libudev1', { library: 'libudev.so.1', fedora: 'systemd-libs' }),
  ],
  // Elsewhere fonts come under many names, and no command or library tells of them.
  text: [pkg('fonts-noto-cjk', { fedora: 'google-noto-sans-cjk-fonts' })],
  display: [pkg('xvfb', { command: 'Xvfb', fedora: 'xorg-x11-server-Xvfb' })],
  lab: [
    pkg('util-linux', { command: 'unshare' }),
    pkg('iproute2', { command: 'ip', fedora: 'iproute' }),
    pkg('tcpdump', { command: 'tcpdump' }),
    pkg('bird2', { command: 'bird', fedora: 'bird' }),
    pkg('openssh-server', { command: 'sshd' }),
    pkg('openssh-client', { command: 'ssh', fedora: 'openssh-clients' }),
    pkg('sudo', { command: 'sudo' }),
    pkg('iptables', { command: 'iptables' }),
    pkg('nftables', { command: 'nft' }),
    pkg('ipset', { command: 'ipset' }),
    pkg('conntrack', { command: 'conntrack', fedora: 'conntrack-tools' }),
    pkg('ethtool', { command: 'ethtool' }),
    pkg('etcd-server', { command: 'etcd', fedora: 'etcd' }),
    pkg('etcd-client', { command: 'etcdctl', fedora: 'etcd' }),
    pkg('openssl', { command: 'openssl' }),
    pkg('busybox', { command: 'busybox' }),
    pkg('procps', { command: 'ps', fedora: 'procps-ng' }),
    pkg('kubernetes-client', { command: 'kubectl', unlessCommand: 'kubectl' }),
  ],
  checks: [pkg('tshark', { command: 'tshark', fedora: 'wireshark-cli' })],
};

function pkg(name, { newer, command, library, fedora, unlessCommand } = {}) {
  return { names: newer ? [name, newer] : [name], command, library, fedora: fedora ?? name, unlessCommand };
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
 * The packages of Linux that are not there, as entries of `groups` with their `group`. One call of dpkg-query on Debian's
 * kind; elsewhere by the commands and libraries they bring. Nothing is needed on macOS and Windows.
 */
export async function missingPackages() {
  if (process.platform !== 'linux') return [];
  const wanted = Object.entries(groups).flatMap(([group, list]) =>
    list
      .filter(({ unlessCommand }) => unlessCommand === undefined || !hasCommand(unlessCommand))
      .map((entry) => ({ group, ...entry })),
  );
  if (!hasCommand('dpkg-query')) return missingWithoutDpkg(wanted, await librariesHere());
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

/** Sonames the linker knows, or null where it cannot be asked (musl): Electron's own first start tells then. */
async function librariesHere() {
  const program = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find((file) => fs.existsSync(file));
  if (program === undefined) return null;
  const { code, stdout } = await run(program, ['-p']);
  return code === 0 ? new Set(stdout.split('\n').map((line) => line.trim().split(' ')[0])) : null;
}

/** Those of `wanted` whose command or library is not there; what has neither, or cannot be asked, is not missed. */
export function missingWithoutDpkg(wanted, libraries, isThere = hasCommand) {
  return wanted.filter(
    ({ command, library }) =>
      (command !== undefined && !isThere(command)) ||
      (library !== undefined && libraries !== null && !libraries.has(library)),
  );
}

/** The first of a package's alternative names that this release of Debian knows; the first of all when it knows none. */
export async function debianName({ names }) {
  if (names.length === 1 || !hasCommand('apt-cache')) return names[0];
  const { stdout } = await run('apt-cache', ['pkgnames', commonStart(names)]);
  const known = new Set(stdout.split('\n'));
  return names.find((name) => known.has(name)) ?? names[0];
}

const commonStart = ([first, second]) => {
  let length = 0;
  while (length < first.length && first[length] === second[length]) length += 1;
  return first.slice(0, length);
};

/** The command a user can paste to install `missing`, for the package tool this system has; elsewhere what to look for. */
export async function installCommand(missing, isThere = hasCommand) {
  const sudo = isRoot ? '' : 'sudo ';
  if (isThere('apt-get')) {
    const names = await Promise.all(missing.map(debianName));
    return `${sudo}apt-get install --no-install-recommends ${names.join(' ')}`;
  }
  if (isThere('dnf')) {
    return `${sudo}dnf install ${[...new Set(missing.map(({ fedora }) => fedora))].join(' ')}`;
  }
  const sought = missing.map(
    ({ names, command, library }) => `${command ?? library ?? names[0]} (Debian: ${names[0]})`,
  );
  return `your system's package tool; wanted are ${sought.join(', ')}`;
}
