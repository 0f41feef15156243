// Whether Chromium's sandbox can work for the user the window runs as, and what to do where it cannot.
import fs from 'node:fs';
import path from 'node:path';
import { run } from './run.mjs';
import { asUser } from './window-user.mjs';

const readNumber = (file) => {
  try {
    return Number(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

/** The setuid helper beside Electron is the other way to a sandbox (chromium/docs/linux/suid_sandbox.md). */
function hasSetuidHelper(dist) {
  try {
    const { uid, mode } = fs.statSync(path.join(dist, 'chrome-sandbox'));
    return uid === 0 && (mode & 0o4001) === 0o4001;
  } catch {
    return false;
  }
}

/**
 * Null when the sandbox can work; otherwise the mend, one sentence. Asked by trying what Chromium does: a user namespace
 * in which one may make others.
 */
export async function sandboxMend(dist, user) {
  if (process.platform !== 'linux' || hasSetuidHelper(dist)) return null;
  const [program, ...args] = asUser(user, [
    'unshare',
    '--user',
    '--map-root-user',
    '--net',
    '--pid',
    '--fork',
    'true',
  ]);
  const probe = await run(program, args, { timeout: 10_000 });
  if (probe.code === 0) return null;
  if (readNumber('/proc/sys/kernel/unprivileged_userns_clone') === 0) {
    return 'Allow user namespaces with `sysctl kernel.unprivileged_userns_clone=1`.';
  }
  if (readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1) {
    return 'Allow user namespaces with `sysctl kernel.apparmor_restrict_unprivileged_userns=0`.';
  }
  if (readNumber('/proc/sys/user/max_user_namespaces') === 0) {
    return 'Allow user namespaces with `sysctl user.max_user_namespaces=10000`.';
  }
  const helper = path.join(dist, 'chrome-sandbox');
  return `User namespaces are refused here (${probe.stderr.trim()}); make Electron's helper setuid instead: \`chown root ${helper} && chmod 4755 ${helper}\`.`;
}
