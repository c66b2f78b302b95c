// One file that runs with nothing beside it but Node: dist/main.js, what the image ships. Plain JavaScript: Debian's Node, unlike
// others, cannot strip types.

import process from 'node:process';
import { build } from 'esbuild';

const [, , revision, outfile = 'dist/main.js'] = process.argv; // the commit, where it is known

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
};

/**
 * What dependencies have for browsers, for other versions of Node and for features that nobody can ask us for: a third
 * of the file if it were in there.
 */
const REPLACED = {
  'readable-stream': "module.exports = require('node:stream');", // what it is a copy of
  'worker-timers': '', // browsers
  'lru-cache': 'exports.LRUCache = class {};', // topic aliases, which we do not use: it is made, and left empty
  socks:
    "exports.SocksClient = { createConnection() { throw new Error('no SOCKS in this build'); } };",
  '@opentelemetry/api': 'exports.trace = { getSpan() {} }; exports.context = { active() {} };', // exemplars
};

/** @type {import('esbuild').Plugin} */
const replacing = {
  name: 'replacing',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: new RegExp(`^(${Object.keys(REPLACED).join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'replaced',
    }));
    onLoad({ filter: /./, namespace: 'replaced' }, ({ path }) => ({
      contents: REPLACED[/** @type {keyof typeof REPLACED} */ (path)],
    }));
  },
};

// The thread of the outbox, as text in the one file.
const { outputFiles } = await build({
  ...common,
  entryPoints: ['src/io/store/disk-worker.ts'],
  write: false,
  format: 'cjs',
});

const { metafile } = await build({
  ...common,
  entryPoints: ['src/main.ts'],
  outfile,
  metafile: true,
  plugins: [replacing],
  format: 'esm',
  define: {
    BUILD_REVISION: JSON.stringify(revision || undefined) ?? 'undefined',
    STORE_WORKER: JSON.stringify(outputFiles[0]?.text),
  },
  // Some dependencies are CommonJS and ask for node: modules by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

const [output] = Object.values(metafile.outputs);
process.stdout.write(`${outfile}: ${Math.round((output?.bytes ?? 0) / 1_000)} kB\n`);
