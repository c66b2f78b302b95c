// One run in real time, with all that can be seen of it.
//   node bench/end-to-end/watch.ts --rate 300 --seconds 8 [--prepared] [--outbox memory] [--away MS] [--profile FOLDER]
// With a folder, the bridge runs from its source and leaves a profile of its main thread there.

import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { TcpProxy } from '../../test/faults/proxy.ts';
import { Part } from './process.ts';
import { startRig } from './rig.ts';
import { inRealTime } from './runs.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '8' },
    outbox: { type: 'string', default: 'durable' },
    away: { type: 'string', default: '0' },
    prepared: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const { profile } = values;

await using stack = new AsyncDisposableStack();
const program = profile && ['--cpu-prof', `--cpu-prof-dir=${profile}`, MAIN];
const rig = await startRig(stack, program ? program : undefined);
const proxy = stack.use(await TcpProxy.listen({ host: '127.0.0.1', port: rig.broker.port }));
const away = { delayMs: Number(values.away) };
if (away.delayMs > 0) {
  proxy.set('up', away);
  proxy.set('down', away);
}
const mqttPort = away.delayMs > 0 ? proxy.port : rig.broker.port;
const publisher = stack.use(new Part('publisher'));
await publisher.ask('start', { port: mqttPort });
const outbox = values.outbox === 'memory' ? 'memory' : 'durable';
const bridge = stack.use(await rig.bridge({ outbox, mqttPort }));
const options = {
  callsPerSecond: Number(values.rate),
  seconds: Number(values.seconds),
  isPrepared: values.prepared,
};
const { played, metrics, ...figures } = await inRealTime(rig, { bridge, publisher }, options);
const { written, ...rest } = played;
print({ ...rest, toldAtOnce: written.size });
print(figures);
print({ cpuSeconds: bridge.cpuSeconds, rss: bridge.residentMegabytes });
for (const [name, user, system] of bridge.threads) {
  if (user + system >= 0.1) print({ thread: name, user, system });
}
for (const name of ['end_to_end_delay_seconds', 'publish_latency_seconds']) {
  const buckets = [...metrics].filter(([key]) => key.startsWith(`${name}_bucket`));
  print(Object.fromEntries(buckets.map(([key, count]) => [key.slice(name.length + 7), count])));
}

function print(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
