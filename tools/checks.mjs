// What `npm test` runs, as a table, in this order: one after the other, but neighbours that are `together` two at a time. What
// is `beside` only computes: it runs beside all others, two at a time, in the time that these leave over (tests wait for labs,
// timers and silence for nearly half of theirs), and takes none of it away from them.
// `deadline` is in seconds: against what hangs, generous for a slow machine; that a quarter of an hour is enough, test.mjs looks after.
import path from 'node:path';
import { inClone } from './paths.mjs';

const tool = (name) => inClone('node_modules/.bin', name);
const node = (...args) => [process.execPath, ...args];
export const vitestReport = inClone('out/vitest.json');
export const playwrightReport = inClone('out/e2e/results.json');

const FULL_DEADLINE = 4 * 3600;
/** What has only the time that others leave ends with them at the latest. */
const BESIDE_DEADLINE = 30 * 60;
/** Playwright ends itself this long before its deadline, so that its report names the test that took so long. */
const REPORT_SECONDS = 20;

/** `{ full, shard }`: the shard is 'i/n' or undefined. Every step: `{ name, command, deadline, beside?, together?, report? }`. */
export function checks({ full, shard }) {
  // Both split by file: with more shards than files there is nothing to do in some.
  const part = (none) => (shard === undefined ? [] : [`--shard=${shard}`, none]);
  const mayBeEmpty = shard !== undefined;
  const unitsDeadline = full ? FULL_DEADLINE : 1080;
  const endToEndDeadline = full ? FULL_DEADLINE : 960;
  const beside = { beside: true, deadline: full ? FULL_DEADLINE : BESIDE_DEADLINE };
  const typed = ['app', 'main', 'renderer', 'lab', 'e2e', 'bench'];
  return [
    {
      ...beside,
      name: 'types and lint',
      command: [tool('oxlint'), '--type-aware', '--type-check', ...typed],
    },
    { ...beside, name: 'lint of the rest', command: [tool('oxlint'), 'tools', 'vitest.config.ts'] },
    {
      ...beside,
      name: 'types: main on Electron 33',
      command: node(
        'node_modules/typescript-native/bin/tsc',
        '-p',
        'main/electron/tsconfig.electron-33.json',
      ),
    },
    { ...beside, name: 'format', command: [tool('prettier'), '--check', '.'] },
    {
      ...beside,
      name: 'layer rule',
      command: [tool('depcruise'), 'app', 'main', 'renderer', 'lab', 'e2e', 'bench'],
    },
    { ...beside, name: 'unused', command: [tool('knip')] },
    { ...beside, name: 'acceptance', command: node('tools/acceptance.mjs') },
    // Its deadline is the promise: a second set-up finds all there.
    { name: 'second set-up', command: node('tools/setup.mjs'), deadline: 10 },
    { name: 'build', command: node('tools/build.mjs'), deadline: 120 },
    {
      name: 'units and lab',
      command: [
        tool('vitest'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${vitestReport}`,
        ...part('--passWithNoTests'),
      ],
      deadline: unitsDeadline,
      report: { kind: 'vitest', file: vitestReport, mayBeEmpty },
    },
    {
      name: 'end to end',
      command: [
        tool('playwright'),
        'test',
        '--config',
        path.join('e2e', 'playwright.config.ts'),
        `--global-timeout=${(endToEndDeadline - REPORT_SECONDS) * 1000}`,
        ...part('--pass-with-no-tests'),
      ],
      deadline: endToEndDeadline,
      report: { kind: 'playwright', file: playwrightReport, mayBeEmpty },
    },
    // A shard holds a part of the rows' tests only.
    ...(shard === undefined
      ? [
          {
            name: 'acceptance rows',
            command: node('tools/acceptance.mjs', vitestReport, playwrightReport),
            deadline: 30,
          },
        ]
      : []),
    { name: 'npm start', command: node('tools/start-smoke.mjs'), deadline: 240, together: true },
    { name: 'packaged program', command: node('tools/package-smoke.mjs'), deadline: 240, together: true },
  ];
}
