// What `npm test` runs, as a table. `together` steps run two at a time; the others one after the other, in this order.
// `deadline` is in seconds: generous against a slow machine, short enough that all of them stay under the quarter of an hour.
import path from 'node:path';
import { inClone } from './paths.mjs';

const tool = (name) => inClone('node_modules/.bin', name);
const node = (...args) => [process.execPath, ...args];
const types = (name, project) => ({
  name: `types: ${name}`,
  command: [tool('tsc'), '--noEmit', '-p', project],
  deadline: 180,
  together: true,
});

export const vitestReport = inClone('out/vitest.json');
export const playwrightReport = inClone('out/e2e/results.json');

/** `{ full, shard }`: the shard is 'i/n' or undefined. Every step: `{ name, command, deadline, together?, report? }`. */
export function checks({ shard }) {
  const part = shard === undefined ? [] : [`--shard=${shard}`];
  return [
    { name: 'format', command: [tool('prettier'), '--check', '.'], deadline: 120, together: true },
    types('app', 'app'),
    types('tests of app', 'app/tsconfig.test.json'),
    types('main', 'main'),
    types('main on Electron 33', 'main/electron/tsconfig.electron-33.json'),
    types('renderer', 'renderer'),
    types('lab', 'lab'),
    types('e2e', 'e2e'),
    types('bench', 'bench'),
    { name: 'lint', command: [tool('eslint'), '.'], deadline: 300, together: true },
    {
      name: 'layer rule',
      command: [tool('depcruise'), 'app', 'main', 'renderer', 'lab', 'e2e', 'bench'],
      deadline: 120,
      together: true,
    },
    { name: 'unused', command: [tool('knip')], deadline: 120, together: true },
    { name: 'acceptance', command: node('tools/acceptance.mjs'), deadline: 30, together: true },
    { name: 'build', command: node('tools/build.mjs'), deadline: 120 },
    {
      name: 'units and lab',
      command: [
        tool('vitest'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${vitestReport}`,
        ...part,
      ],
      deadline: 420,
      fullDeadline: 4 * 3600,
      report: { kind: 'vitest', file: vitestReport },
    },
    {
      name: 'end to end',
      command: [tool('playwright'), 'test', '--config', path.join('e2e', 'playwright.config.ts'), ...part],
      deadline: 480,
      fullDeadline: 4 * 3600,
      report: { kind: 'playwright', file: playwrightReport },
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
    { name: 'npm start', command: node('tools/start-smoke.mjs'), deadline: 240 },
    { name: 'packaged program', command: node('tools/package-smoke.mjs'), deadline: 240 },
  ];
}
