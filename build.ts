// One file that runs with nothing beside it but Node: dist/main.js, what the image ships.

import { build } from 'esbuild';

const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  minify: true,
  keepNames: true,
  metafile: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  legalComments: 'none',
  // Some dependencies are CommonJS and ask for node: modules by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

const [output] = Object.values(metafile.outputs);
process.stdout.write(`dist/main.js: ${Math.round((output?.bytes ?? 0) / 1_000)} kB\n`);
