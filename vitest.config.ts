import { defineConfig } from 'vitest/config';

// `unit` needs no network and no Docker; `integration` needs Docker, `arm` an emulator of ARM besides. The unit tests are
// made to be fast: files share their process and its modules, Node itself reads TypeScript (1 s less than Vite), and with
// a larger young generation little is spent on collecting (1.5 s less).
export default defineConfig({
  test: {
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          setupFiles: ['test/support/property-setup.ts'],
          exclude: ['test/integration/**', 'test/arm/**'],
          testTimeout: 20_000, // for a machine that is busy with something else
          pool: 'forks',
          execArgv: ['--max-semi-space-size=64'],
          maxWorkers: 3, // tests of edges wait more than they work
          isolate: false,
          experimental: { viteModuleRunner: false },
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: 'test/integration/build-image.ts',
          testTimeout: 60_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: { name: 'arm', include: ['test/arm/*.test.ts'], testTimeout: 300_000 },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      exclude: ['src/main.ts'], // tested as processes of their own, which are not measured
      reporter: [['text', { skipFull: true, maxCols: 120 }], 'text-summary'],
      thresholds: {
        // What is missing of the branches are defaults that the compiler asks for and that nothing reaches.
        'src/core/**': { statements: 99, lines: 99, functions: 99, branches: 93 },
        'src/{app,config,io,telemetry}/**': {
          statements: 94,
          lines: 95,
          functions: 93,
          branches: 90,
        },
      },
    },
  },
});
