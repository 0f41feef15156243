import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{app,main,renderer,lab,tools,bench}/**/*.test.{ts,tsx}'],
    setupFiles: ['tools/vitest-setup.ts'],
    // Real sshd, BIRD and namespaces: two cores take few at once.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
