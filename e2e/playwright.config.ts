// End to end: the built program in the real Electron, on a real lab, attached over the DevTools protocol
// (DESIGN §10), so that it also runs on a program whose inspect fuse is off.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: '../out/e2e/results',
  // One lab and one program at a time: the machine has two cores, and deadlines are measured.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: '../out/e2e/results.json' }]],
});
