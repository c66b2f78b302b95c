// One file that runs with nothing beside it but Node: dist/main.cjs, what the image ships. Plain JavaScript: Debian's Node, unlike
// others, cannot strip types.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const [, , revision, outfile = 'dist/main.cjs'] = process.argv; // the commit, where it is known

/**
 * CommonJS, as an ES module would load all that the modules of Node can give, and not only what is asked for: `http` has
 * a client of its own for `fetch`. That is 25 ms of 110.
 * @type {import('esbuild').BuildOptions}
 */
const common = {
  bundle: true,
  minify: true,
  lineLimit: 200, // Node shows the line of what nobody caught
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  legalComments: 'none',
  logOverride: { 'empty-import-meta': 'silent' }, // where sources run as they are
};

/** An older Node ends at the first module that it has not, and does not say why. 78: EX_CONFIG of sysexits.h. */
const OLDEST_NODE = 24;
const NEEDS_NODE = `'use strict'; // nothing may stand before it
if (parseInt(process.versions.node) < ${OLDEST_NODE}) {
  console.error("asterisk-mqtt needs Node.js ${OLDEST_NODE} or newer, and this is " + process.version + ". See docs/without-compose.md");
  process.exit(78);
}`;

const NOTHING = '';
const NEVER_MADE = (/** @type {string} */ name) =>
  `module.exports = class { constructor() { throw new Error('no ${name} in this build'); } };`;

/**
 * What dependencies have for browsers, for other versions of Node and for features that nobody can ask us for: a third
 * of the file if it were in there. A package, or a file of one.
 */
const REPLACED = {
  'readable-stream': "module.exports = require('node:stream');", // what it is a copy of
  debug: 'module.exports = () => () => {};', // the environment can make it write passwords
  tslib: `
    exports.__assign = Object.assign;
    exports.__extends = require('node:util').inherits;
    exports.__exportStar = (from, to) => Object.assign(to, from);`,
  // MQTT: browsers, topic aliases, and sockets, which we open ourselves.
  'worker-timers': NOTHING,
  'lru-cache': 'exports.LRUCache = class { clear() {} };', // made for every broker that offers aliases
  'mqtt/build/lib/connect/ali': NOTHING,
  'mqtt/build/lib/connect/wx': NOTHING,
  'mqtt/build/lib/connect/socks': NOTHING,
  'mqtt/build/lib/connect/tcp': NOTHING,
  'mqtt/build/lib/connect/tls': NOTHING,
  // WebSockets: the side of the server, and compression, which we do not offer.
  'ws/lib/websocket-server': NOTHING,
  'ws/lib/permessage-deflate': "module.exports = { extensionName: 'permessage-deflate' };",
  // Log lines go where we say, in this thread.
  'sonic-boom': NEVER_MADE('sonic-boom'),
  'pino/lib/transport': NOTHING,
  'pino/lib/multistream': NOTHING,
  'pino-abstract-transport': NOTHING,
  'on-exit-leak-free': NOTHING,
  pump: NOTHING,
  // YAML is read, and never written.
  'yaml/browser/dist/stringify/stringify': NOTHING,
  'yaml/browser/dist/stringify/stringifyCollection': NOTHING,
  'yaml/browser/dist/stringify/stringifyDocument': NOTHING,
  'yaml/browser/dist/stringify/stringifyNumber': NOTHING,
  'yaml/browser/dist/stringify/stringifyPair': NOTHING,
  'yaml/browser/dist/stringify/stringifyString': NOTHING,
  // Metrics of one process, fetched by who wants them.
  'prom-client/lib/cluster': NOTHING,
  'prom-client/lib/pushgateway': NOTHING,
  'prom-client/lib/summary': NOTHING,
  '@opentelemetry/api': 'exports.trace = { getSpan() {} }; exports.context = { active() {} };', // exemplars
};

/** @type {import('esbuild').Plugin} */
const replacing = {
  name: 'replacing',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /./ }, ({ path, resolveDir }) => {
      const file = path.startsWith('.') ? join(resolveDir, path) : path;
      const name = file.replace(/.*\bnode_modules\//, '').replace(/\.js$/, '');
      return Object.hasOwn(REPLACED, name) ? { path: name, namespace: 'replaced' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'replaced' }, ({ path }) => ({
      contents: REPLACED[/** @type {keyof typeof REPLACED} */ (path)],
    }));
    onLoad({ filter: /\bpackage\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
  },
};

/**
 * What our sources take of it. It is loaded when one of these is used for the first time, and not with whoever imports
 * it: YAML files, pretty logs, TLS and metrics are not for everybody.
 */
const WHEN_USED = {
  'prom-client': ['Counter', 'collectDefaultMetrics', 'Gauge', 'Histogram', 'Registry'],
  'pino-pretty': ['prettyFactory'],
  yaml: ['isMap', 'isScalar', 'LineCounter', 'parseDocument', 'Scalar'],
  'node:tls': ['connect'],
  'node:http': ['createServer'],
};

/** The same as ES modules: what is not taken is left out. */
const ES_MODULES = { yaml: './node_modules/yaml/browser/dist/index.js' };

/** @type {import('esbuild').Plugin} */
const deferring = {
  name: 'deferring',
  setup: ({ onResolve, onLoad }) => {
    const filter = new RegExp(`^(${Object.keys(WHEN_USED).join('|')})$`);
    onResolve({ filter }, ({ path, namespace, importer }) => {
      if (/\/src\//.test(importer)) return { path, namespace: 'deferred' };
      return namespace === 'deferred' ? { path, namespace: 'taken' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'deferred' }, ({ path }) => {
      const getters = namesOf(path).map(
        (name) => `get ${name}() { return require('${path}').${name}; }`,
      );
      return { contents: `module.exports = { ${getters} };`, resolveDir: '.' };
    });
    onLoad({ filter: /./, namespace: 'taken' }, ({ path }) => {
      const source = new Map(Object.entries(ES_MODULES)).get(path) ?? path;
      return { contents: `export { ${namesOf(path)} } from '${source}';`, resolveDir: '.' };
    });
  },
};

/** @type {(path: string) => readonly string[]} */
function namesOf(path) {
  return WHEN_USED[/** @type {keyof typeof WHEN_USED} */ (path)];
}

// The thread of the outbox, as text in the one file.
const { outputFiles } = await build({
  ...common,
  entryPoints: ['src/io/store/disk-worker.ts'],
  write: false,
});

const { metafile } = await build({
  ...common,
  entryPoints: ['src/main.ts'],
  outfile,
  banner: { js: NEEDS_NODE },
  sourcemap: 'linked', // names are short: to keep them took 10 ms of a start, and a call for each function that is made
  metafile: true,
  plugins: [replacing, deferring],
  define: {
    BUILD_REVISION: JSON.stringify(revision || undefined) ?? 'undefined',
    STORE_WORKER: JSON.stringify(outputFiles[0]?.text),
  },
});

const [, output] = Object.entries(metafile.outputs).find(([path]) => path.endsWith('.cjs')) ?? [];
process.stdout.write(`${outfile}: ${Math.round((output?.bytes ?? 0) / 1_000)} kB\n`);
