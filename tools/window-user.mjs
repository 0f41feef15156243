// Whom the window runs as when we are root: never root, or Chromium's sandbox would have to be off.
import fs from 'node:fs';
import { isRoot } from './paths.mjs';
import { mustRun } from './run.mjs';

/** The system user that set-up makes, and its home. */
const SYSTEM_USER = 'hopscope';
const SYSTEM_HOME = '/var/lib/hopscope';

/** `/etc/passwd` as `{ name, uid, gid, home }`. Users of a directory service who are not in it cannot be the window's user. */
function users() {
  return fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7)
    .map(([name, , uid, gid, , home]) => ({ name, uid: Number(uid), gid: Number(gid), home }));
}

/** `{ name, uid, gid, home }` of the user the window runs as, or null when we are not root or there is none yet. */
export function windowUser() {
  if (!isRoot || process.platform !== 'linux') return null;
  const invoker = Number(process.env.SUDO_UID ?? '0');
  const all = users();
  if (invoker > 0) return all.find(({ uid }) => uid === invoker) ?? null;
  return all.find(({ name }) => name === SYSTEM_USER) ?? null;
}

/** Makes the system user where one is needed. */
export async function ensureWindowUser(say) {
  if (!isRoot || process.platform !== 'linux' || windowUser() !== null) return;
  say(`user: making the system user ${SYSTEM_USER}, whom the window runs as`);
  await mustRun('useradd', [
    '--system',
    '--user-group',
    '--home-dir',
    SYSTEM_HOME,
    '--shell',
    '/usr/sbin/nologin',
    SYSTEM_USER,
  ]);
  const user = windowUser();
  if (user === null) throw new Error(`useradd made no user ${SYSTEM_USER}.`);
  fs.mkdirSync(SYSTEM_HOME, { recursive: true, mode: 0o750 });
  fs.chownSync(SYSTEM_HOME, user.uid, user.gid);
}

/** The command line that runs `command` as `user` (null: as we are), ended with us should we be killed outright. */
export function asUser(user, command) {
  if (user === null) return command;
  const identity = [
    '--reuid',
    String(user.uid),
    '--regid',
    String(user.gid),
    '--init-groups',
    '--inh-caps=-all',
  ];
  return ['setpriv', ...identity, '--pdeathsig', 'TERM', ...command];
}
