// `npm start [-- --cluster FILE]`: sets up, builds, brings up a lab (or takes the user's cluster) and opens the window on it.
// Without a display it does the same headless and leaves a picture and the discovery in out/.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { hasDisplay, startDisplay } from './display.mjs';
import { describeElectron } from './electron.mjs';
import { labDown, labImpossible, labUp } from './lab.mjs';
import { leftBehind, oursNow } from './left-behind.mjs';
import { outDirectory, root } from './paths.mjs';
import { ensureSetup } from './setup.mjs';
import { collectReport } from './lent-folders.mjs';
import { prepareWindow, runWindow, unreadableByWindow, unwritableByWindow } from './window.mjs';

const REPORT_MS = 180_000;
/** The window's exit code when an earlier one shows the cluster instead (main/electron/second-start.ts). */
const HANDED_OVER = 3;
const REPORTS = ['window.png', 'discover.json'];
/** On the lab a report also watches its client, which fetches a page from its server every second. */
const WATCHED = 'default/c2c-network-demo,default/c2c-network-demo-w2';
const WATCH_REPORTS = ['watch.png', 'demo.hopscope.zip'];
const usage = `Usage: npm start [-- --cluster FILE] [--audit FILE]

Without --cluster: a lab (three real nodes in network namespaces of this machine, which needs Linux and root) and the
window on it. With it: the window on the cluster that FILE names. Without a display: headless, results in out/;
on the lab also a Pod watched for 10 s, its case file and a picture of its packets.
  --audit FILE append every command that is run on a node to FILE, a JSON line each
  --lab NAME   the lab's instance name (default: default)`;

/** A refusal: one sentence for the user, and exit code 2. */
class Refusal extends Error {}

const say = (line) => console.log(line);

function commandLine() {
  try {
    const options = {
      cluster: { type: 'string' },
      audit: { type: 'string' },
      lab: { type: 'string', default: 'default' },
      help: { type: 'boolean' },
    };
    return parseArgs({ options, strict: true }).values;
  } catch (error) {
    throw new Refusal(`${error.message}\n${usage}`);
  }
}

/** The user's own path is relative to where npm was called, not to the clone. */
const fromCaller = (file) => path.resolve(process.env.INIT_CWD ?? process.cwd(), file);

/** What the window is opened on: `{ args, lab }`; `lab` is set when it is ours to end, `nodes` when it is the lab. */
async function chooseCluster(flags, prepared, signal) {
  if (flags.cluster !== undefined) {
    const file = fromCaller(flags.cluster);
    const unreadable = await unreadableByWindow(prepared, file);
    if (unreadable !== null) throw new Refusal(unreadable);
    return { args: ['--cluster', file], lab: null };
  }
  const impossible = labImpossible();
  if (impossible !== null) return { args: ['--lab-impossible', impossible], lab: null };
  say('lab: bringing it up …');
  const lab = await labUp(flags.lab, prepared.user.uid, signal);
  if (lab.refused !== undefined) {
    say(lab.refused);
    return { args: ['--lab-impossible', lab.refused], lab: null };
  }
  say(lab.summary);
  if (lab.reused) say('lab: it was up before and stays up; `npx hopscope lab down` ends it');
  return { args: ['--cluster', lab.clusterFile], lab: lab.reused ? null : flags.lab, nodes: lab.nodes };
}

/** Refused before a lab is brought up for nothing. */
async function auditArguments(flags, prepared) {
  if (flags.audit === undefined) return [];
  const file = fromCaller(flags.audit);
  const unwritable = await unwritableByWindow(prepared, file);
  if (unwritable !== null) throw new Refusal(unwritable);
  return ['--audit', file];
}

/** Chromium's switches and ours for a machine without its sandbox: accepted on the lab, with a banner; refused elsewhere. */
function withoutSandbox(mend, onLab) {
  if (mend === null) return { switches: [], args: [] };
  if (!onLab) {
    throw new Refusal(
      `Chromium's sandbox cannot work here, and without it Hopscope opens nothing but its own lab. ${mend}`,
    );
  }
  say(`Chromium's sandbox cannot work here; going on without it, for the lab only. ${mend}`);
  return { switches: ['--no-sandbox'], args: ['--no-sandbox-banner'] };
}

async function headless(prepared, options, nodes, interrupted) {
  const { own, user } = prepared;
  const reports = nodes === undefined ? REPORTS : [...REPORTS, ...WATCH_REPORTS];
  const watched = nodes === undefined ? [] : ['--report-watch', WATCHED];
  const folder = own?.report ?? outDirectory;
  fs.mkdirSync(outDirectory, { recursive: true });
  for (const name of [...REPORTS, ...WATCH_REPORTS])
    fs.rmSync(path.join(outDirectory, name), { force: true });
  const temporary = own === null ? fs.mkdtempSync(path.join(os.tmpdir(), 'hopscope-profile-')) : null;
  const profile = path.join(temporary ?? own.runtime, 'profile');
  const deadline = AbortSignal.timeout(REPORT_MS);
  let display = null;
  try {
    display = await startDisplay({ user });
    const before = oursNow(nodes ?? []);
    const code = await runWindow(prepared, {
      ...options,
      // A profile of its own: an open window has the usual one, and goes on meanwhile.
      args: [...options.args, '--headless-report', folder, ...watched, '--user-data-dir', profile],
      display: display.env,
      signal: AbortSignal.any([interrupted, deadline]),
      reword: (line) => line.replaceAll(folder, outDirectory),
    });
    if (own !== null) collectReport(user, folder, reports, outDirectory);
    const left = await leftBehind(nodes ?? [], before);
    const missing = reports.filter((name) => !fs.existsSync(path.join(outDirectory, name)));
    if (deadline.aborted)
      say(`The window did not finish its report within ${REPORT_MS / 1000} s and was ended.`);
    if (missing.length > 0) say(`The window wrote no ${missing.join(' and no ')}.`);
    else
      say(`Written: ${reports.map((name) => path.relative(root, path.join(outDirectory, name))).join(', ')}`);
    if (left !== null) say(left);
    else if (nodes !== undefined) say('Nothing of it is left on the nodes.');
    return (missing.length > 0 || left !== null) && code === 0 ? 1 : code;
  } finally {
    await display?.[Symbol.asyncDispose]();
    if (temporary !== null) fs.rmSync(temporary, { recursive: true, force: true });
  }
}

async function start(interrupted, isSetUp) {
  const flags = commandLine();
  if (flags.help) return (say(usage), 0);
  const electron = await ensureSetup(say);
  say(describeElectron(electron));
  await build(say);
  isSetUp();
  const prepared = await prepareWindow(electron);
  if (prepared.user !== null) say(`window: as the user ${prepared.user.name}, from ${prepared.folder}`);
  let lab = null;
  try {
    const audit = await auditArguments(flags, prepared);
    const chosen = await chooseCluster(flags, prepared, interrupted);
    lab = chosen.lab;
    if (interrupted.aborted) return 130;
    const { switches, args } = withoutSandbox(prepared.mend, chosen.nodes !== undefined);
    const options = { switches, args: [...chosen.args, ...args, ...audit] };
    if (hasDisplay()) {
      const code = await runWindow(prepared, { ...options, signal: interrupted });
      if (code !== HANDED_OVER) return code;
      if (lab !== null) say(`lab: it stays up; \`npx hopscope lab down --name ${lab}\` ends it`);
      lab = null;
      return 0;
    }
    say(
      'There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): running headless under an Xvfb of our own.',
    );
    return await headless(prepared, options, chosen.nodes, interrupted);
  } finally {
    if (lab !== null) {
      const complaint = await labDown(lab);
      say(complaint === null ? 'lab: down' : `lab: it could not be ended: ${complaint}`);
    }
    await prepared[Symbol.asyncDispose]();
  }
}

const life = new AbortController();
// Set-up leaves nothing that would have to be taken down: what it runs ends with us (run.mjs), and is done anew next time.
let interrupt = () => process.exit(130);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => interrupt());
try {
  process.exitCode = await start(life.signal, () => {
    interrupt = () => life.abort();
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = error instanceof Refusal ? 2 : 1;
}
