// Starts the bundle with what V8 had compiled of it when the image was built and all that a start runs had run. Node's own
// cache (NODE_COMPILE_CACHE) has what is compiled before anything runs: a start with it takes 30 ms more of 150. Where
// V8 cannot use it, with options of its own in NODE_OPTIONS, it compiles as ever. Plain JavaScript: it is not bundled.

const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const BUNDLE = join(__dirname, 'asterisk-mqtt.cjs');
const COMPILED = join(__dirname, 'asterisk-mqtt.cache');

module.exports = { compile, load, run };
if (require.main === module) run(load(), BUNDLE);

/** `cachedDataRejected` says whether V8 could use it. */
function load() {
  return compile(BUNDLE, readFileSync(COMPILED));
}

function compile(filename, cachedData) {
  const source = readFileSync(filename, 'utf8').replace(/^#!.*/, '');
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
  return new Script(wrapped, { filename, cachedData });
}

/** As `require` would. */
function run(script, filename) {
  const bundle = { exports: {} };
  const start = script.runInThisContext();
  start.call(bundle.exports, bundle.exports, require, bundle, filename, dirname(filename));
}
