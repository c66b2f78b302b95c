// A real Mosquitto in a container on the network of this machine: no proxy of Docker is in between.

import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../test/faults/broker.ts';
import { answersOn } from './answers-on.ts';

const run = promisify(execFile);

/** It queues for its subscribers without a limit, and takes as many as we may have on their way. */
const SETTINGS = [
  'allow_anonymous true',
  'max_inflight_messages 512',
  'max_queued_messages 0',
  'set_tcp_nodelay true',
];

export class Mosquitto implements AsyncDisposable {
  readonly port: number;
  readonly #name: string;

  static async start(): Promise<Mosquitto> {
    const port = await freePort();
    const broker = new Mosquitto(port);
    const settings = [`listener ${port} 127.0.0.1`, ...SETTINGS].join('\n');
    await run('docker', [
      ...['run', '--detach', '--rm', '--name', broker.#name, '--network', 'host'],
      ...['--env', `SETTINGS=${settings}`, '--entrypoint', 'sh', 'eclipse-mosquitto:2'],
      ...['-c', `printf '%s\\n' "$SETTINGS" >/tmp/our.conf && exec mosquitto -c /tmp/our.conf`],
    ]);
    while (!(await answersOn(port))) await delay(50);
    return broker;
  }

  private constructor(port: number) {
    this.port = port;
    this.#name = `mosquitto-of-bench-${port}`;
  }

  /** It holds its connections and does nothing. */
  async freeze(): Promise<void> {
    await run('docker', ['pause', this.#name]);
  }

  async thaw(): Promise<void> {
    await run('docker', ['unpause', this.#name]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('docker', ['rm', '--force', this.#name]);
  }
}
