// End to end: the built program in the real Electron, on a real lab, attached over the DevTools protocol
// (DESIGN §10), so that it also runs on a program whose inspect fuse is off.
import { defineConfig } from '@playwright/test';

/** Most of their time they wait for what must not last longer than 10 to 20 s: they leave the machine to the others. */
const PATIENT = ['**/clean.spec.ts', '**/connect.spec.ts', '**/recovery.spec.ts', '**/report.spec.ts'];

export default defineConfig({
  testDir: '.',
  outputDir: '../out/e2e/results',
  // The machine has two cores, and deadlines are measured: two labs and programs at a time, of which one waits.
  workers: 2,
  projects: [
    { name: 'patient', testMatch: PATIENT, workers: 1 },
    { name: 'measured', testIgnore: PATIENT, workers: 1 },
  ],
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: '../out/e2e/results.json' }]],
});
