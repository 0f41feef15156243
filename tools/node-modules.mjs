// The clone's npm packages: installed as the lock file says, and known to be complete without asking npm again.
import fs from 'node:fs';
import path from 'node:path';
import { inClone, root } from './paths.mjs';
import { mustRun } from './run.mjs';
import { hashOf, readStamp } from './stamp.mjs';

const INSTALL_MS = 10 * 60 * 1000;
const stampFile = () => inClone('node_modules/.hopscope-setup');

const lockPrint = () => hashOf([inClone('package-lock.json')], root, `${process.platform} ${process.arch}`);

/** Whether somebody's own `npm ci` or `npm install` left exactly what the lock file names. */
function matchesLock() {
  try {
    const read = (file) => JSON.parse(fs.readFileSync(inClone(file), 'utf8')).packages;
    const installed = read('node_modules/.package-lock.json');
    return Object.entries(read('package-lock.json')).every(
      ([place, locked]) =>
        place === '' || locked.optional === true || installed[place]?.version === locked.version,
    );
  } catch {
    return false;
  }
}

/** `npx hopscope` looks here first; without the link it would ask the registry for a package of that name. */
function linkOwnProgram() {
  if (process.platform === 'win32') return;
  const link = inClone('node_modules/.bin/hopscope');
  const target = path.relative(path.dirname(link), inClone('tools/hopscope.mjs'));
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.rmSync(link, { force: true });
  fs.symlinkSync(target, link);
}

/**
 * npm as a program and its first arguments. Its own script, run by this Node, where we know it: Node starts no `npm.cmd`
 * without a shell any more (CVE-2024-27980), and a shell would read our arguments anew.
 */
export function npmCommand(env = process.env, platform = process.platform, node = process.execPath) {
  if (/npm-cli\.c?js$/.test(env.npm_execpath ?? '')) return [node, env.npm_execpath];
  if (platform !== 'win32') return ['npm'];
  return [node, path.win32.join(path.win32.dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js')];
}

/** Brings node_modules up to date. Throws with npm's words when it cannot. */
export async function ensureNodeModules(say) {
  const print = lockPrint();
  if (readStamp(stampFile()) === print) return;
  if (!matchesLock()) {
    say('npm packages: npm ci …');
    const [npm, ...first] = npmCommand();
    await mustRun(npm, [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: root,
      timeout: INSTALL_MS,
    });
  }
  linkOwnProgram();
  fs.writeFileSync(stampFile(), print);
  say('npm packages: as locked');
}
