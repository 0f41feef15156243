// Whom the window runs as when we are root: never root, or Chromium's sandbox would have to be off.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { isRoot } from './paths.mjs';
import { mustRun } from './run.mjs';

/** The system user that set-up makes, and its home. */
const SYSTEM_USER = 'hopscope';
const SYSTEM_HOME = '/var/lib/hopscope';

/**
 * The account with a name or number as `{ name, uid, gid, home }`, or null. Asked of getent, so that users of a directory
 * service are found too; /etc/passwd alone where there is no getent.
 */
function account(key) {
  const { stdout, error } = spawnSync('getent', ['passwd', String(key)], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  const lines = (error ? fs.readFileSync('/etc/passwd', 'utf8') : stdout).split('\n');
  const fields = lines
    .map((line) => line.split(':'))
    .find(([name, , uid]) => [name, uid].includes(String(key)));
  if (fields === undefined || fields.length < 7) return null;
  const [name, , uid, gid, , home] = fields;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/**
 * Whom the window of root's runs as: who called sudo, else the system user; null when that one is not made yet. A number
 * that no account has (a container's caller) is nobody to run as.
 */
export function chooseUser(sudoUid, accountOf = account) {
  const invoker = Number(sudoUid ?? '0');
  return (invoker > 0 ? accountOf(invoker) : null) ?? accountOf(SYSTEM_USER);
}

/** `{ name, uid, gid, home }` of the user the window runs as, or null when we are not root or there is none yet. */
export function windowUser() {
  if (!isRoot || process.platform !== 'linux') return null;
  return chooseUser(process.env.SUDO_UID);
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
