// Installs Debian packages without asking questions and without starting a daemon on the machine.
import fs from 'node:fs';
import { run } from './run.mjs';
import { debianName } from './system-packages.mjs';

const POLICY = '/usr/sbin/policy-rc.d';
const KEPT = '/usr/sbin/policy-rc.d.before-hopscope';
const MARK = '# written by hopscope set-up, removed when it is done';
const INSTALL_MS = 15 * 60 * 1000;
const UPDATE_MS = 5 * 60 * 1000;

/**
 * bird2, openssh-server and etcd-server start their services when they are installed. invoke-rc.d asks this script
 * first; 101 means "do not" (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt).
 */
function forbidDaemons() {
  allowDaemons(); // left over from a set-up that was killed
  if (fs.existsSync(POLICY)) fs.renameSync(POLICY, KEPT);
  fs.writeFileSync(POLICY, `#!/bin/sh\n${MARK}\nexit 101\n`, { mode: 0o755 });
}

/** Puts back what was there before. */
export function allowDaemons() {
  if (fs.existsSync(POLICY) && fs.readFileSync(POLICY, 'utf8').includes(MARK)) fs.rmSync(POLICY);
  if (fs.existsSync(KEPT)) fs.renameSync(KEPT, POLICY);
}

const apt = (args, timeout) =>
  run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    timeout,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
  });

/** Installs `missing` (see `missingPackages`). Resolves to null, or to what apt-get said against it. */
export async function installPackages(missing, say) {
  const lists = fs.existsSync('/var/lib/apt/lists') ? fs.readdirSync('/var/lib/apt/lists') : [];
  const haveLists = lists.some((name) => name.includes('_Packages'));
  const onEnd = () => allowDaemons();
  process.once('exit', onEnd);
  try {
    forbidDaemons();
    for (const fresh of haveLists ? [false, true] : [true]) {
      if (fresh) {
        say('system packages: apt-get update …');
        const update = await apt(['update'], UPDATE_MS);
        if (update.code !== 0) return lastLines(update);
      }
      const names = await Promise.all(missing.map(debianName));
      say(`system packages: installing ${names.join(' ')} …`);
      const install = await apt(['install', '-y', '--no-install-recommends', ...names], INSTALL_MS);
      if (install.code === 0) return null;
      // Old lists name files that the mirror no longer has: once more, with new lists.
      if (fresh) return lastLines(install);
    }
    return null;
  } finally {
    process.off('exit', onEnd);
    allowDaemons();
  }
}

const lastLines = ({ stdout, stderr, timedOut }) =>
  timedOut
    ? 'apt-get did not end in time.'
    : (stderr.trim() || stdout.trim()).split('\n').slice(-4).join('\n');
