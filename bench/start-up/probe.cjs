// Starts the bridge again and again beside a bare Node, and looks at what both take when they have nothing to do. Plain
// JavaScript with nothing but Node: it runs inside the image too. Gives one line of JSON (Probed in ../start-up.ts).
//   AMI_PORT=PORT MQTT_URL=mqtt://127.0.0.1:OTHER … node probe.cjs BUNDLE PORT OTHER RUNS IDLE_SECONDS

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { setTimeout: delay } = require('node:timers/promises');
const { playAsterisk, playBroker } = require('../../docker/rehearsal.cjs');

let onLogin = () => {};

void probe(process.argv.slice(2));

async function probe([bundle, amiPort, mqttPort, runs, idleSeconds]) {
  createServer((socket) => playAsterisk(socket, (name) => name === 'Login' && onLogin())).listen(
    amiPort,
    '127.0.0.1',
  );
  createServer((socket) => playBroker(socket, () => {})).listen(mqttPort, '127.0.0.1');
  const probed = { bareMs: [], loginMs: [] };
  for (let run = 0; run < Number(runs); run++) {
    probed.bareMs.push(await timeOf(['-e', '0']));
    probed.loginMs.push(await timeToLogin(bundle));
  }
  const idle = await idleOf(bundle, Number(idleSeconds));
  process.stdout.write(`${JSON.stringify({ ...probed, ...idle })}\n`);
  process.exit(0);
}

async function timeOf(args) {
  const startedAt = performance.now();
  await once(start(args), 'exit');
  return performance.now() - startedAt;
}

async function timeToLogin(bundle) {
  const startedAt = performance.now();
  const bridge = start([bundle]);
  const loggedIn = new Promise((resolve) => {
    onLogin = resolve;
  });
  await loggedIn;
  const took = performance.now() - startedAt;
  await stop(bridge);
  return took;
}

/** Node, and a database. */
const WITH_DATABASE = `
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(':memory:');
  setInterval(() => db.exec('SELECT 1'), 1_000);`;

/** The same in a thread: without that there is no outbox that a disk cannot hold up. */
const WITH_THREAD = `
  const program = ${JSON.stringify(WITH_DATABASE)};
  const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 };
  new (require('node:worker_threads').Worker)(program, { eval: true, resourceLimits });`;

async function idleOf(bundle, seconds) {
  const started = {
    bare: start(['-e', 'setInterval(() => {}, 1_000)']),
    database: start(['-e', WITH_DATABASE]),
    thread: start(['-e', WITH_THREAD]),
    bridge: start([bundle]),
    elsewhere: start([bundle], elsewhere()),
  };
  await delay(seconds * 1_000);
  const idle = Object.entries(started).map(([name, { pid }]) => [name, memoryOf(pid)]);
  await Promise.all(Object.values(started).map(stop));
  return Object.fromEntries(idle);
}

/** In MB: all that is resident, and of it what is not a page of a file. */
function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (key) =>
    (Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024) / 1e6;
  return { resident: megabytes('VmRSS'), anonymous: megabytes('RssAnon') };
}

/** A second bridge, which takes Asterisk for another machine's; Linux takes that address for this one. */
function elsewhere() {
  const { DATA_DIR, HTTP_PORT } = process.env;
  const port = HTTP_PORT === '0' ? '0' : '8001';
  return { AMI_HOST: '0.0.0.0', DATA_DIR: `${DATA_DIR}/elsewhere`, HTTP_PORT: port };
}

function start(args, env = {}) {
  const stdio = ['ignore', 'ignore', 'inherit'];
  return spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio });
}

/** Without a goodbye, for which there is time enough. */
async function stop(child) {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
