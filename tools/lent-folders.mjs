// What root lends the window's user for one run: a folder to run in, one for its report, and the display's cookie.
// The folder around them stays root's, so that user can put nothing in the place of a name that root goes by.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './run.mjs';
import { asUser } from './window-user.mjs';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** Resolves to `{ runtime, report, cookie, [Symbol.asyncDispose] }`; `cookie` is null where the user needs none. */
export async function lendFolders(user) {
  const own = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-window-'));
  fs.chmodSync(own, 0o711);
  const made = (name) => {
    const folder = path.join(own, name);
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.lchownSync(folder, user.uid, user.gid);
    return folder;
  };
  return {
    runtime: made('runtime'),
    report: made('report'),
    cookie: await lendCookie(user, path.join(own, 'Xauthority')),
    // rm goes by descriptors and follows no link; Node's rmSync goes by names, which the user's part may change meanwhile.
    [Symbol.asyncDispose]: async () => void (await run('rm', ['-rf', '--', own])),
  };
}

/** The user's display is opened by a cookie in a file that may be root's alone: lend a copy then. Resolves to its path. */
async function lendCookie(user, copy) {
  const named = [process.env.XAUTHORITY, path.join(os.homedir(), '.Xauthority')];
  const file = named.find((candidate) => candidate && fs.existsSync(candidate));
  // Their own is found in their home.
  if (file === undefined) return null;
  const [program, ...args] = asUser(user, ['test', '-r', file]);
  if ((await run(program, args)).code === 0) return file;
  const descriptor = fs.openSync(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    fs.writeFileSync(descriptor, fs.readFileSync(file));
    fs.fchownSync(descriptor, user.uid, user.gid);
  } finally {
    fs.closeSync(descriptor);
  }
  return copy;
}

/** Copies the files `names` of `user` out of their `report`; a link or a pipe there could stand for anything of root's. */
export function collectReport(user, report, names, wanted) {
  for (const name of names) {
    const text = ownFile(user, path.join(report, name));
    if (text !== null) fs.writeFileSync(path.join(wanted, name), text);
  }
}

function ownFile(user, file) {
  let descriptor;
  try {
    descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(error.code)) return null;
    throw error;
  }
  try {
    const status = fs.fstatSync(descriptor);
    return status.isFile() && status.uid === user.uid ? fs.readFileSync(descriptor) : null;
  } finally {
    fs.closeSync(descriptor);
  }
}
