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

/** Node, and a thread that has a database open: without them there is no outbox that a disk cannot hold up. */
const WITH_THREAD = `
  const program = "const { DatabaseSync } = require('node:sqlite');"
    + "const db = new DatabaseSync(':memory:');"
    + "setInterval(() => db.exec('SELECT 1'), 1_000);";
  const resourceLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 };
  new (require('node:worker_threads').Worker)(program, { eval: true, resourceLimits });`;

async function idleOf(bundle, seconds) {
  const bare = start(['-e', 'setInterval(() => {}, 1_000)']);
  const thread = start(['-e', WITH_THREAD]);
  const bridge = start([bundle]);
  await delay(seconds * 1_000);
  const idle = {
    bare: memoryOf(bare.pid),
    thread: memoryOf(thread.pid),
    bridge: memoryOf(bridge.pid),
  };
  await Promise.all([bare, thread, bridge].map(stop));
  return idle;
}

/** In MB: all that is resident, and of it what is not a page of a file. */
function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (key) =>
    (Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024) / 1e6;
  return { resident: megabytes('VmRSS'), anonymous: megabytes('RssAnon') };
}

function start(args) {
  return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Without a goodbye, for which there is time enough. */
async function stop(child) {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
