// `npm run setup`: everything this machine needs, fetched or installed once. Runs before there is a node_modules.
import fs from 'node:fs';
import { installPackages } from './apt.mjs';
import { describeElectron, resolveElectron } from './electron.mjs';
import { ensureNodeModules } from './node-modules.mjs';
import { inClone, isProgram, isRoot } from './paths.mjs';
import { hasCommand, installCommand, missingPackages } from './system-packages.mjs';
import { ensureWindowUser } from './window-user.mjs';

/** Throws one sentence when this Node is too old for the tools (the window brings its own). */
function checkNode() {
  const wanted = JSON.parse(fs.readFileSync(inClone('package.json'), 'utf8')).engines.node.replace(/^>=/, '');
  const numbers = (version) => version.split('.').map(Number);
  const [major, minor] = numbers(process.versions.node);
  const [wantedMajor, wantedMinor] = numbers(wanted);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Error(
    `This is Node ${process.versions.node}; Hopscope needs Node ${wanted} or newer. Install it from https://nodejs.org/ and run the same command again.`,
  );
}

/** Installs what is missing where we may; elsewhere says how. Throws only when the window itself could not start. */
async function ensureSystemPackages(say) {
  let missing = await missingPackages();
  if (missing.length > 0 && isRoot && hasCommand('apt-get')) {
    const complaint = await installPackages(missing, say);
    missing = await missingPackages();
    if (complaint !== null && missing.length > 0) say(`system packages: apt-get failed: ${complaint}`);
  }
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.names[0]).join(' ');
  say(`system packages: missing ${names}`);
  say(`system packages: install them with: ${await installCommand(missing)}`);
  if (missing.some(({ group }) => group === 'window')) {
    throw new Error(
      'Set-up cannot go on: the window does not start without these packages. Run the command above first.',
    );
  }
  say(
    'system packages: going on without; the lab, a display of our own, Chinese text or the checks may be missing',
  );
}

/**
 * Brings the machine up to what `parts` need, doing only what is not done yet. 'node' is the npm packages, 'system' the
 * system packages, 'electron' the binary and the user it runs as. Resolves to the Electron, when asked for.
 */
export async function ensureSetup(say, parts = ['node', 'system', 'electron']) {
  checkNode();
  const mask = process.umask(0o022); // What is cached here is read by the window's user.
  try {
    if (parts.includes('node')) await ensureNodeModules(say);
    if (parts.includes('system')) await ensureSystemPackages(say);
    if (!parts.includes('electron')) return null;
    await ensureWindowUser(say);
    return await resolveElectron(say);
  } finally {
    process.umask(mask);
  }
}

if (isProgram(import.meta.url)) {
  const started = performance.now();
  try {
    const electron = await ensureSetup((line) => console.log(line));
    console.log(describeElectron(electron));
    console.log(`set-up is complete (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
