// `npm run bench [-- NAME …]`: runs bench/*.bench.ts one at a time (two would measure each other); exits 1 on a miss.
import fs from 'node:fs';
import { build } from './build.mjs';
import { describeElectron } from './electron.mjs';
import { inClone, root } from './paths.mjs';
import { run } from './run.mjs';
import { ensureSetup } from './setup.mjs';

const DEADLINE_MS = 15 * 60 * 1000;

async function main(wanted) {
  const electron = await ensureSetup((line) => console.log(line));
  console.log(describeElectron(electron));
  await build((line) => console.log(line));
  const benches = fs
    .readdirSync(inClone('bench'))
    .filter((name) => name.endsWith('.bench.ts'))
    .sort();
  const chosen = benches.filter(
    (name) => wanted.length === 0 || wanted.includes(name.replace('.bench.ts', '')),
  );
  if (chosen.length === 0)
    throw new Error(`There is no such bench. There are: ${benches.join(', ') || 'none'}.`);
  let missed = 0;
  for (const name of chosen) {
    console.log(`… ${name}`);
    const args = ['--import', 'tsx', inClone('bench', name)];
    const result = await run(process.execPath, args, { cwd: root, timeout: DEADLINE_MS, show: true });
    if (result.code !== 0) missed += 1;
    const why = result.timedOut ? ', ended after its deadline' : '';
    console.log(
      `${result.code === 0 ? '✓' : '✗'} ${name}, ${(result.milliseconds / 1000).toFixed(1)} s${why}`,
    );
  }
  console.log(`${chosen.length - missed} met, ${missed} missed`);
  return missed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
