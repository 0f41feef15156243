// The smoke test of the packaged program: built, started as a user would on a lab, it must draw the graph and end well.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from './build.mjs';
import { startDisplay } from './display.mjs';
import { fuse, readFuses } from './fuses.mjs';
import { labDown, labUp } from './lab.mjs';
import { isRoot } from './paths.mjs';
import { packageProgram } from './package.mjs';
import { run } from './run.mjs';
import { checkReport } from './report-check.mjs';
import { ensureSetup } from './setup.mjs';
import { asUser, windowUser } from './window-user.mjs';

const LAB = `package-${process.pid}`;
const REPORT_MS = 90_000;

/** The packaged program is nobody's Node: it runs its own archive, and no switch or variable makes it run anything else. */
function checkFuses(executable) {
  const wire = readFuses(executable);
  for (const name of ['runAsNode', 'nodeOptions', 'nodeCliInspect']) {
    if (wire[fuse[name]] === '1') throw new Error(`The packaged program has its fuse ${name} on.`);
  }
  if (wire[fuse.onlyLoadAppFromAsar] !== '1')
    throw new Error('The packaged program would load what is not in its archive.');
}

async function smoke() {
  if (!isRoot) throw new Error('The smoke test of the packaged program needs root, for its lab.');
  const say = (line) => console.log(line);
  const electron = await ensureSetup(say);
  await build(say);
  const { folder, executable } = await packageProgram(electron, say);
  if (process.platform === 'linux') checkFuses(executable);
  const user = windowUser();
  const own = fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-smoke-'));
  let display = null;
  let labIsUp = false;
  try {
    // release/ may lie in a clone that only root can enter; the program must not.
    const program = path.join(own, 'program');
    fs.cpSync(folder, program, { recursive: true });
    const home = path.join(own, 'home');
    fs.mkdirSync(home);
    fs.chownSync(home, user.uid, user.gid);
    fs.chmodSync(own, 0o755);
    const lab = await labUp(LAB, user.uid);
    if (lab.refused) throw new Error(lab.refused);
    labIsUp = true;
    display = await startDisplay({ user });
    const command = [path.join(program, path.basename(executable)), '--cluster', lab.clusterFile];
    const [first, ...rest] = asUser(user, [...command, '--headless-report', home]);
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      USER: user.name,
      XDG_RUNTIME_DIR: home,
      ...display.env,
    };
    const result = await run(first, rest, { env, cwd: home, timeout: REPORT_MS });
    process.stdout.write(result.stdout);
    if (result.code !== 0) {
      const why = result.timedOut
        ? `did not end within ${REPORT_MS / 1000} s`
        : `ended with exit code ${result.code}`;
      throw new Error(`The packaged program ${why}.\n${result.stderr.slice(-3000)}`);
    }
    checkReport(home);
  } finally {
    await display?.[Symbol.asyncDispose]();
    const complaint = labIsUp ? await labDown(LAB) : null;
    if (complaint !== null) console.error(complaint);
    fs.rmSync(own, { recursive: true, force: true });
  }
}

try {
  await smoke();
  console.log('The packaged program starts, draws the lab and ends.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
