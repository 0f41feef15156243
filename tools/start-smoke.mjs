// The smoke test of `npm start` itself: without a display, from a clone that only its owner enters, on a lab of its own.
// It must end well and leave a picture that shows the graph, what was found, and the lab's client watched.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inClone, isRoot, outDirectory, root } from './paths.mjs';
import { checkReport } from './report-check.mjs';
import { mustRun, run } from './run.mjs';
import { checkWatch } from './watch-check.mjs';

const START_MS = 240_000;

/** The clone's files as they are now, 0700 like a clone made under umask 077; packages are linked, not copied. */
async function cloneInto(folder) {
  const { stdout } = await mustRun('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const file of stdout.split('\0')) {
    if (file === '' || !fs.existsSync(inClone(file))) continue; // deleted, and not yet committed
    const copy = path.join(folder, file);
    fs.mkdirSync(path.dirname(copy), { recursive: true, mode: 0o700 });
    fs.copyFileSync(inClone(file), copy);
    fs.chmodSync(copy, 0o600 | (fs.statSync(copy).mode & 0o100));
  }
  fs.symlinkSync(inClone('node_modules'), path.join(folder, 'node_modules'));
}

async function smoke(interrupted) {
  if (!isRoot) throw new Error('The smoke test of `npm start` needs root, for its lab.');
  const clone = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-start-')); // 0700
  try {
    await cloneInto(clone);
    const { DISPLAY: _, WAYLAND_DISPLAY: _wayland, ...withoutScreen } = process.env;
    const env = { ...withoutScreen, INIT_CWD: clone };
    const started = await run(process.execPath, ['tools/start.mjs', '--lab', `start-${process.pid}`], {
      cwd: clone,
      env,
      timeout: START_MS,
      signal: interrupted,
    });
    process.stdout.write(started.stdout);
    if (started.code !== 0) {
      const why = started.timedOut
        ? `did not end within ${START_MS / 1000} s`
        : `ended with exit code ${started.code}`;
      throw new Error(`\`npm start\` ${why}.\n${started.stderr.slice(-3000)}`);
    }
    if (!started.stdout.includes('lab: down')) throw new Error('`npm start` left its lab up.');
    const out = path.join(clone, 'out');
    checkReport(out);
    await checkWatch(out);
    if (!started.stdout.includes('Nothing of it is left on the nodes.'))
      throw new Error('`npm start` did not look at what it left on the nodes.');
    fs.mkdirSync(outDirectory, { recursive: true });
    for (const name of fs.readdirSync(out))
      fs.cpSync(path.join(out, name), path.join(outDirectory, name), { recursive: true });
  } finally {
    fs.rmSync(clone, { recursive: true, force: true });
  }
}

const life = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => life.abort());
try {
  await smoke(life.signal);
  console.log(
    '`npm start` without a display draws the lab, watches its client, keeps pictures, discovery and case file, and ends well.',
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
