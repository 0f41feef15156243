// Starts the window as the right user: as us, or, when we are root, as the window's user from a folder it can read.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { originOf } from './electron.mjs';
import { root } from './paths.mjs';
import { sandboxMend } from './sandbox.mjs';
import { stageProgram } from './window-folder.mjs';
import { lendFolders } from './lent-folders.mjs';
import { asUser, windowUser } from './window-user.mjs';
import { run } from './run.mjs';

const END_MS = 15_000;
const EXECUTABLE = ['test', '-x'];
const READABLE = ['test', '-r'];
const WRITABLE = ['test', '-w'];

/** Chromium complains of a missing session bus and graphics card on every machine without them; that helps nobody. */
const isChromiumNoise = (line) => /^\[\d+:\d+\/[\d.]+:(ERROR|WARNING|INFO):/.test(line);

/** Passed to another user's process; everything else of root's environment stays here. */
const passedOn =
  /^(PATH|LANG|LANGUAGE|LC_.*|TZ|TERM|DISPLAY|WAYLAND_DISPLAY|XDG_SESSION_TYPE|SSH_AUTH_SOCK|HOPSCOPE_.*)$/;

/**
 * What it takes to start the window: `{ electron, user, folder, mend, own }`. `mend` says how to get a sandbox where
 * there is none. `own` are the folders lent to another user, null without one; the async dispose removes them.
 */
export async function prepareWindow(electron) {
  const user = windowUser();
  if (user === null && process.getuid?.() === 0)
    throw new Error('There is no user for the window: run `npm run setup`.');
  const mend = await sandboxMend(electron.dist, user);
  if (user === null)
    return { electron, user, folder: root, mend, own: null, [Symbol.asyncDispose]: async () => {} };
  if (!(await mayUse(user, EXECUTABLE, electron.executable))) {
    throw new Error(
      `The window runs as ${user.name}, who cannot run ${electron.executable}. Put it (or HOPSCOPE_CACHE) where everybody can read it.`,
    );
  }
  const folder = stageProgram();
  const own = await lendFolders(user);
  return { electron, user, folder, mend, own, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() };
}

async function mayUse(user, test, file) {
  const [program, ...args] = asUser(user, [...test, file]);
  return (await run(program, args)).code === 0;
}

/** Null when the window's user can read `file`, else one sentence. */
export async function unreadableByWindow({ user }, file) {
  if (!fs.existsSync(file)) return `There is no cluster file ${file}.`;
  if (user === null || (await mayUse(user, READABLE, file))) return null;
  return (
    `The window runs as the user ${user.name}, who cannot read ${file}. Run this as the user who owns the file and its ` +
    'keys, not as root, or put both where that user can read them.'
  );
}

/** Null when the window's user can append to `file` or make it, else one sentence. */
export async function unwritableByWindow({ user }, file) {
  const there = fs.existsSync(file) ? file : path.dirname(file);
  if (user === null || (await mayUse(user, WRITABLE, there))) return null;
  return `The window runs as the user ${user.name}, who cannot write ${file}. Name a file where that user may write one.`;
}

function environment({ electron, user, own }, display) {
  const source = { HOPSCOPE_ELECTRON_SOURCE: originOf(electron) };
  if (user === null) return { ...process.env, ...source, ...display };
  const kept = Object.entries(process.env).filter(([name]) => passedOn.test(name));
  const runtime = `/run/user/${user.uid}`;
  return {
    ...Object.fromEntries(kept),
    ...source,
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    XDG_RUNTIME_DIR: fs.existsSync(runtime) ? runtime : own.runtime,
    ...(own.cookie === null ? {} : { XAUTHORITY: own.cookie }),
    ...display,
  };
}

/**
 * Runs the window to its end with `args` for the program and `switches` for Chromium. `display` is the environment of a
 * display of our own. `reword` changes each line it prints. Resolves to the exit code; `signal` ends it, first kindly.
 */
export async function runWindow(
  prepared,
  { args, switches = [], display = {}, signal, reword = (line) => line },
) {
  const command = [prepared.electron.executable, ...switches, prepared.folder, ...args];
  const [program, ...rest] = asUser(prepared.user, command);
  const child = spawn(program, rest, {
    cwd: prepared.own?.runtime ?? root,
    env: environment(prepared, display),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    readline.createInterface({ input: from }).on('line', (line) => {
      if (!isChromiumNoise(line)) to.write(`${reword(line)}\n`);
    });
  }
  let kill;
  const end = () => {
    child.kill('SIGTERM');
    kill = setTimeout(() => child.kill('SIGKILL'), END_MS);
  };
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(kill);
      signal?.removeEventListener('abort', end);
      resolve(code ?? 1);
    });
  });
}
