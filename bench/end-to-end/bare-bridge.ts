// A process that reads what Asterisk says, and publishes a message for so many bytes of it over the bare mqtt package: what it
// costs is what is left of the bridge if it understood nothing; and, as one likes, if it kept nothing either.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { SignalReader } from '../../src/core/pbx/signal.ts';
import { MessageStream } from '../../src/io/ami/message-stream.ts';
import { toOptions, toPayload } from './message.ts';
import { serve } from './process.ts';

const READ_BYTES = 65_536;
/** So many messages are on their way at a time, as the broker of the bench allows. */
const WINDOW = 512;
/** As in src/io/store/durable-outbox.ts. */
const SETTLE_MS = 50;
const LOGIN = 'Action: Login\r\nUsername: bench\r\nSecret: bench-secret\r\n\r\n';
const TOPIC = 'bare/call/1770888509.1/answered';

export type Start = {
  readonly amiPort: number;
  readonly mqttPort: number;
  readonly bytesPerMessage: number;
  /** What it makes of what it reads: nothing, or signals, as the bridge does. */
  readonly makes: 'nothing' | 'signals';
  /** Of a message. */
  readonly bytes: number;
  /** Where it commits each message before it publishes it, as the bridge does. */
  readonly path?: string | undefined;
};

let bytesRead = 0;
/** Where what is played begins. */
let base = { run: 0, bytes: 0, told: 0 };
let told = 0;
let kept = 0;
let published = 0;
let acknowledged = 0;
let seen = { bytes: 0, published: 0 };

serve({
  async start({ amiPort, mqttPort, bytesPerMessage, makes, bytes, path }: Start) {
    const client = await connectAsync({ host: '127.0.0.1', port: mqttPort, protocolVersion: 5 });
    const publish = () => {
      while (published < kept && published - acknowledged < WINDOW) {
        published += 1;
        const payload = toPayload(`least${base.run}`, published - base.told, bytes);
        client.publish(TOPIC, payload, toOptions(TOPIC), () => {
          acknowledged += 1;
          publish();
        });
      }
    };
    const keep = path === undefined ? keepNothing(publish) : await keepAt(path, publish);
    const take = makes === 'signals' ? toSignals() : () => {};
    const callback = (read: number, buffer: Uint8Array) => {
      bytesRead += read;
      take(Buffer.from(buffer.buffer, buffer.byteOffset, read));
      told = base.told + Math.floor((bytesRead - base.bytes) / bytesPerMessage);
      if (kept < told) keep();
      return true;
    };
    const onread = { buffer: Buffer.allocUnsafeSlow(READ_BYTES), callback };
    const socket = connect({ port: amiPort, host: '127.0.0.1', noDelay: true, onread });
    await once(socket, 'connect');
    socket.write(LOGIN);
  },
  /** To be asked when all is settled: its messages are `least1#1`, `least1#2` and so on, one for so many bytes from here on. */
  async begin() {
    base = { run: base.run + 1, bytes: bytesRead, told };
    return `least${base.run}`;
  },
  /** How many messages it has published since that was last asked, when it has read so much since and all are acknowledged. */
  async settled({ bytes }: { readonly bytes: number }) {
    const before = seen;
    while (bytesRead < before.bytes + bytes || acknowledged < told) await delay(5);
    seen = { bytes: bytesRead, published };
    return published - before.published;
  },
  /** RSS, the highest so far. */
  async mostMegabytes() {
    const status = readFileSync('/proc/self/status', 'latin1');
    return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1_024) / 1e6;
  },
  /** Seconds of processor time, of all its threads. */
  async cpuSeconds() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
});

/** Nobody takes them. */
function toSignals(): (bytes: Buffer) => void {
  const reader = new SignalReader();
  const messages = new MessageStream({
    wanted: (name) => reader.wants(name),
    onMessage: (message) => reader.read(message, 0),
  });
  return (bytes) => messages.push(bytes);
}

function keepNothing(publish: () => void): () => void {
  return () => {
    kept = told;
    publish();
  };
}

/** What one turn of the event loop tells, in one transaction, in this thread; with it goes what was acknowledged. */
async function keepAt(path: string, publish: () => void): Promise<() => void> {
  const { Disk } = await import('../../src/io/store/disk.ts'); // its code takes memory
  const { toWork } = await import('./work.ts');
  const disk = new Disk(path);
  let gone = 0;
  let goneAt = 0;
  let isDue = false;
  const commit = () => {
    isDue = false;
    const isSettled = performance.now() >= goneAt + SETTLE_MS;
    const upTo = isSettled ? acknowledged : gone;
    disk.run(toWork(range(kept, told), range(gone, upTo)));
    if (isSettled) goneAt = performance.now();
    gone = upTo;
    kept = told;
    publish();
  };
  return () => {
    if (!isDue) setImmediate(commit);
    isDue = true;
  };
}

/** Behind the first up to the last. */
function range(after: number, to: number): readonly number[] {
  return Array.from({ length: to - after }, (_, n) => after + n + 1);
}
