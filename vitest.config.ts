import { defineConfig } from 'vitest/config';

const reporters = ['default', './test/support/summary-reporter.ts'];

// Three projects: `unit` needs no network and no Docker; `all` adds what takes longer; `integration` needs Docker.
export default defineConfig({
  test: {
    reporters,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.all.test.ts', 'test/integration/**'],
          testTimeout: 5_000,
        },
      },
      { test: { name: 'all', include: ['test/**/*.all.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**'] },
  },
});
