// A real Mosquitto in a container, for as long as a run takes.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fillMemory, type Hoard } from './broker-memory.ts';

const run = promisify(execFile);

/**
 * Nothing of this broker may be the reason that a message is missing: it queues for its subscribers without a limit, and
 * keeps what it has when it is stopped.
 */
const SETTINGS = [
  'listener 1883',
  'allow_anonymous true',
  'acl_file /tmp/acl',
  'persistence true',
  'persistence_location /mosquitto/data/',
  'autosave_interval 3600',
  'max_queued_messages 0',
  'max_inflight_messages 1000',
];

export class Broker implements AsyncDisposable {
  readonly port: number;
  readonly #name: string;
  #hoard: Hoard | undefined;

  /** `more`: lines of mosquitto.conf that come last. */
  static async start(more: readonly string[] = []): Promise<Broker> {
    const port = await freePort();
    const broker = new Broker(`asterisk-mqtt-faults-${process.pid}-${port}`, port);
    const write = `printf '%s\\n' "$SETTINGS" >/tmp/our.conf && ${writeAcl(ALL)}`;
    const script = `${write} && exec mosquitto -c /tmp/our.conf`;
    await docker([
      ...['run', '--detach', '--name', broker.#name, '--publish', `127.0.0.1:${port}:1883`],
      ...['--env', `SETTINGS=${[...SETTINGS, ...more].join('\n')}`, '--entrypoint', 'sh'],
      ...['eclipse-mosquitto:2', '-c', script],
    ]);
    await broker.untilThere();
    return broker;
  }

  private constructor(name: string, port: number) {
    this.#name = name;
    this.port = port;
  }

  /** As `docker stop` does it: it says goodbye, and writes down what it has. */
  async stop(): Promise<void> {
    await docker(['stop', '--time', '10', this.#name]);
  }

  async again(): Promise<void> {
    await docker(['start', this.#name]);
    await this.untilThere();
  }

  /** It holds its connections and does nothing. */
  async freeze(): Promise<void> {
    await docker(['pause', this.#name]);
  }

  async thaw(): Promise<void> {
    await docker(['unpause', this.#name]);
  }

  /** From now on nobody may publish below this topic. */
  async deny(topic: string): Promise<void> {
    await this.#setAcl(`${ALL}\ntopic deny ${topic}/#`);
  }

  async allowAll(): Promise<void> {
    await this.#setAcl(ALL);
  }

  /** Its memory is taken up by what it keeps for somebody who is away: for nothing more there is room, until `empty`. */
  async fill(): Promise<void> {
    this.#hoard = await fillMemory(`mqtt://127.0.0.1:${this.port}`);
  }

  async empty(): Promise<void> {
    await this.#hoard?.empty();
  }

  async #setAcl(acl: string): Promise<void> {
    await docker(['exec', this.#name, 'sh', '-c', `${writeAcl(acl)} && kill -HUP 1`]);
  }

  /** Resolves when it answers a client. */
  async untilThere(): Promise<void> {
    const deadline = performance.now() + 20_000;
    while (!(await answers(this.port))) {
      if (performance.now() > deadline) throw new Error('the broker does not come up');
      await delay(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await docker(['rm', '--force', '--volumes', this.#name]);
  }
}

const ALL = 'topic readwrite #';

function writeAcl(acl: string): string {
  return `printf '%b\\n' '${acl.replaceAll('\n', '\\n')}' >/tmp/acl && chmod 644 /tmp/acl`;
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** CONNECT of MQTT 3.1.1 with the client id `probe`. Docker's own proxy would accept a connection without a broker. */
const CONNECT = Buffer.from('101100044d5154540402003c000570726f6265', 'hex');

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(CONNECT);
  const signal = AbortSignal.timeout(500);
  const got = await once(socket, 'data', { signal }).catch(() => undefined);
  socket.destroy();
  return got !== undefined;
}

async function docker(args: readonly string[]): Promise<void> {
  await run('docker', args);
}
