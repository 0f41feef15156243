import { configDefaults, defineConfig } from 'vitest/config';
import { SpreadSequencer } from './tools/vitest-order.mjs';
import { builtPrograms, builtWorkers } from './tools/vitest-programs.mjs';
import { sharingTests } from './tools/vitest-sharing.mjs';

const realThings = ['main', 'lab', 'tools', 'bench'];
const pureAmongThem = sharingTests(realThings);
const full = process.env['HOPSCOPE_TIER'] === 'full';

export default defineConfig({
  plugins: [builtWorkers],
  test: {
    env: builtPrograms === null ? {} : { HOPSCOPE_DIST: builtPrograms },
    setupFiles: ['tools/vitest-setup.ts'],
    // Real sshd, BIRD and namespaces: two cores take few at once, and these wait half of their time.
    maxWorkers: 3,
    sequence: { sequencer: SpreadSequencer },
    // A property of the full tier runs 25 times as often.
    testTimeout: full ? 15 * 60_000 : 60_000,
    hookTimeout: 60_000,
    // A poll waits for a condition and is no deadline, which a test asserts for itself: on a busy machine a lab's three nodes
    // are read in ten seconds instead of one.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      // What is pure has nothing to leave behind for the next file, and the page's files little: a process of its own each would
      // cost 0.3 s of CPU.
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['{app,renderer}/**/*.test.{ts,tsx}', ...pureAmongThem],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: realThings.map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...configDefaults.exclude, ...pureAmongThem],
        },
      },
    ],
  },
});
