// `npm test`: sets up, then runs every check and says how many passed. `npm test -- lint build` runs the named ones only;
// `npm run test:full -- --shard 1/4 --seed 7` runs the same with the full tier's properties: 25 times as long.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { checks } from './checks.mjs';
import { describeElectron } from './electron.mjs';
import { outDirectory, root } from './paths.mjs';
import { run } from './run.mjs';
import { ensureSetup } from './setup.mjs';
import { countReport } from './test-report.mjs';

const AT_A_TIME = 2;
/** What all of `npm test` may take, set-up included (DESIGN §10): more is told. */
const WHOLE_MS = 15 * 60_000;
/** Then it is ended: a machine on which half as many cores are left takes twice as long, and what it found counts. */
const ENDED_MS = 2 * WHOLE_MS;
const SHOWN_ON_FAILURE = 12_000;

const total = { passed: 0, failed: 0 };
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

function commandLine() {
  const options = {
    full: { type: 'boolean', default: false },
    shard: { type: 'string' },
    seed: { type: 'string' },
  };
  const { values, positionals } = parseArgs({ options, allowPositionals: true, strict: true });
  if (values.shard !== undefined && !/^[1-9]\d*\/[1-9]\d*$/.test(values.shard)) {
    throw new Error(`--shard wants i/n, such as 1/4, not "${values.shard}".`);
  }
  return { ...values, names: positionals };
}

/** The slice of each big matrix is chosen by the commit, so that successive commits walk through all of it. */
async function defaultSeed() {
  const { code, stdout } = await run('git', ['rev-parse', 'HEAD'], { cwd: root });
  return code === 0 ? stdout.trim() : 'no-commit';
}

async function runStep(step, { env, signal, crowded }) {
  if (signal.aborted) return;
  const streamed = step.report !== undefined;
  if (streamed) {
    fs.rmSync(step.report.file, { force: true });
    console.log(`… ${step.name}`);
  }
  const [program, ...args] = step.command;
  const result = await run(program, args, {
    cwd: root,
    env,
    timeout: step.deadline * 1000,
    show: streamed,
    yielding: step.beside && crowded(),
    signal,
  });
  const { passed, failed, words } = streamed
    ? countReport(step.report, result.code)
    : { passed: result.code === 0 ? 1 : 0, failed: result.code === 0 ? 0 : 1, words: [] };
  total.passed += passed;
  total.failed += failed;
  if (failed > 0 && !streamed) console.log((result.stdout + result.stderr).slice(-SHOWN_ON_FAILURE));
  if (result.timedOut) words.push(`ended after its deadline of ${step.deadline} s`);
  const counts = streamed ? ` ${passed} passed, ${failed} failed` : '';
  const remarks = words.length > 0 ? ` (${words.join('; ')})` : '';
  console.log(`${failed === 0 ? '✓' : '✗'} ${step.name}${counts}, ${seconds(result.milliseconds)}${remarks}`);
}

async function runTogether(steps, context) {
  const queue = [...steps];
  const worker = async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) await runStep(step, context);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

async function runAll(steps, context) {
  const inOrder = steps.filter((step) => !step.beside);
  const beside = steps.filter((step) => step.beside);
  let crowded = inOrder.length > 0;
  const all = { ...context, crowded: () => crowded };
  await Promise.all([runTogether(beside, all), runInOrder(inOrder, all).then(() => (crowded = false))]);
}

async function runInOrder(steps, context) {
  let neighbours = [];
  for (const step of steps) {
    if (step.together) {
      neighbours.push(step);
      continue;
    }
    await runTogether(neighbours, context);
    neighbours = [];
    await runStep(step, context);
  }
  await runTogether(neighbours, context);
}

async function main(signal) {
  const flags = commandLine();
  const electron = await ensureSetup((line) => console.log(line));
  console.log(describeElectron(electron));
  const seed = flags.seed ?? (await defaultSeed());
  const tier = flags.full ? 'full' : 'test';
  console.log(`tier ${tier}, seed ${seed}${flags.shard === undefined ? '' : `, shard ${flags.shard}`}`);
  fs.mkdirSync(path.join(outDirectory, 'e2e'), { recursive: true });
  const env = { ...process.env, HOPSCOPE_TIER: tier, HOPSCOPE_SEED: seed };
  const all = checks(flags);
  const unknown = flags.names.filter((name) => !all.some((step) => step.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `There is no check "${unknown[0]}". There are: ${all.map(({ name }) => name).join(', ')}.`,
    );
  }
  const steps = all.filter(({ name }) => flags.names.length === 0 || flags.names.includes(name));
  const left =
    tier === 'test' ? [AbortSignal.timeout(Math.max(0, Math.round(ENDED_MS - performance.now())))] : [];
  const end = AbortSignal.any([signal, ...left]);
  await runAll(steps, { env, signal: end });
  if (signal.aborted) throw new Error('Interrupted: the checks did not all run.');
  if (end.aborted)
    throw new Error('Half an hour is over, twice what `npm test` may take: the checks did not all run.');
}

const started = performance.now();
const life = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => life.abort());
try {
  await main(life.signal);
} catch (error) {
  console.error(error.message);
  total.failed += 1;
}
const took = performance.now() - started;
const isLong = took > WHOLE_MS && !process.argv.includes('--full');
console.log(
  `all checks took ${seconds(took)}${isLong ? `, more than the ${seconds(WHOLE_MS)} that \`npm test\` may: a slow machine, or a test too many` : ''}`,
);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
