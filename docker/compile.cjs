// Runs the bundle, and keeps what V8 has compiled of it when it ends. Plain JavaScript: it runs while the image is built.
//   node compile.cjs BUNDLE COMPILED

const { writeFileSync } = require('node:fs');
const { compile, run } = require('./main.cjs');

const [bundle, compiled] = process.argv.splice(2); // none are left for the bundle
const script = compile(bundle);
process.on('exit', () => writeFileSync(compiled, script.createCachedData()));
run(script, bundle);
