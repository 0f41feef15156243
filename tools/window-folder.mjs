// The program in a folder that the window's user can read: the clone may be 0700 and root's.
import fs from 'node:fs';
import path from 'node:path';
import { cacheRoot, inClone, root } from './paths.mjs';
import { hashOf } from './stamp.mjs';

const BUILT = ['main', 'preload', 'renderer'];
const DAY_MS = 24 * 60 * 60 * 1000;

/** Folders in node_modules of what the packaged program needs, from the lock file: dependencies of dependencies too. */
export function productionPackages() {
  const { packages } = JSON.parse(fs.readFileSync(inClone('package-lock.json'), 'utf8'));
  const found = new Set();
  const visit = (from, name) => {
    // Node's own search: the nearest node_modules upwards that has it.
    for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1))) {
      const candidate = `${place === '' ? '' : `${place}/`}node_modules/${name}`;
      if (packages[candidate] !== undefined && fs.existsSync(inClone(candidate))) return add(candidate);
      if (place === '') return undefined; // optional, and not installed on this machine
    }
  };
  const add = (place) => {
    if (found.has(place)) return;
    found.add(place);
    const { dependencies = {}, optionalDependencies = {} } = packages[place];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) visit(place, name);
  };
  for (const name of Object.keys(packages[''].dependencies ?? {})) visit('', name);
  return [...found].sort();
}

/**
 * Copies the built program where `windowUser` can read it. The folder is named by its content, so a running window
 * keeps its own while the next one is laid beside it. Resolves to the folder.
 */
export function stageProgram() {
  const store = path.join(cacheRoot, 'window');
  const inputs = [...BUILT.map((name) => inClone('dist', `.${name}.stamp`)), inClone('package-lock.json')];
  const folder = path.join(store, hashOf(inputs, root, process.version).slice(0, 16));
  if (fs.existsSync(folder)) {
    fs.utimesSync(folder, new Date(), new Date());
    return folder;
  }
  const mask = process.umask(0o022);
  const aside = `${folder}.${process.pid}`;
  try {
    fs.mkdirSync(path.join(aside, 'dist'), { recursive: true });
    fs.copyFileSync(inClone('package.json'), path.join(aside, 'package.json'));
    const parts = [...BUILT.map((name) => `dist/${name}`), ...productionPackages()];
    for (const part of parts) fs.cpSync(inClone(part), path.join(aside, part), { recursive: true });
    openToAll(aside);
    fs.renameSync(aside, folder);
  } finally {
    process.umask(mask);
    fs.rmSync(aside, { recursive: true, force: true });
  }
  removeOld(store, folder);
  return folder;
}

/** A clone made under umask 077 has files that only their owner reads; copies keep that, so it is undone here. */
function openToAll(folder) {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    fs.chmodSync(path.join(entry.parentPath ?? entry.path, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}

/** Command lines of all that runs: a window's names its folder. */
function commandLines() {
  return fs.readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}

/** Removes earlier versions that nobody has started for a day, and that no window runs from any more. */
export function removeOld(store, current, running = commandLines()) {
  for (const name of fs.readdirSync(store)) {
    const folder = path.join(store, name);
    const old = folder !== current && Date.now() - fs.statSync(folder).mtimeMs > DAY_MS;
    if (old && !running.some((line) => line.includes(folder))) {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}
