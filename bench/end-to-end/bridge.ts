// The bridge as a process of its own, as the image runs it, and what it costs.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../test/faults/broker.ts';
import { NODE_OPTIONS } from '../../test/support/as-in-the-image.ts';

export type BridgeOptions = {
  readonly amiPort: number;
  readonly mqttPort: number;
  /** `threaded`: as durable, and Asterisk is taken to be on another machine: the disk has a thread of its own. */
  readonly outbox: 'durable' | 'threaded' | 'memory';
  /** What Node is given: a bundle, or options and a file. */
  readonly program: readonly string[];
};

/** So many clock ticks make a second (sysconf _SC_CLK_TCK on every Linux that Node runs on). */
const TICKS = 100;
/** Linux takes the second for this machine too, and the bridge for another. */
const AMI_HOST = { here: '127.0.0.1', elsewhere: '0.0.0.0' } as const;
const START_MS = 30_000;

export class Bridge implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #httpPort: number;
  readonly #folder: string;

  static async start(options: BridgeOptions): Promise<Bridge> {
    const bridge = new Bridge(options, await freePort());
    const deadline = performance.now() + START_MS;
    while (!(await bridge.#isReady())) {
      if (performance.now() > deadline) {
        await bridge[Symbol.asyncDispose]();
        throw new Error('the bridge does not become ready');
      }
      await delay(50);
    }
    return bridge;
  }

  private constructor({ amiPort, mqttPort, outbox, program }: BridgeOptions, httpPort: number) {
    this.#httpPort = httpPort;
    this.#folder = mkdtempSync(join(tmpdir(), 'asterisk-mqtt-bench-'));
    this.#child = spawn(process.execPath, program, {
      env: {
        NODE_ENV: 'production',
        NODE_OPTIONS,
        ...{ HTTP_HOST: '127.0.0.1', HTTP_PORT: String(httpPort), CONFIG_FILE: '/dev/null' },
        AMI_HOST: outbox === 'threaded' ? AMI_HOST.elsewhere : AMI_HOST.here,
        ...{ AMI_PORT: String(amiPort), AMI_USERNAME: 'bench' },
        ...{ AMI_SECRET: 'bench-secret', MQTT_URL: `mqtt://127.0.0.1:${mqttPort}` },
        ...{ OUTBOX_MAX_EVENTS: '5000000', OUTBOX_MAX_BYTES: '4000000000' },
        ...(outbox !== 'memory' && { DATA_DIR: join(this.#folder, 'data') }),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  /** Seconds of processor time, of all its threads. */
  get cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1')
      .split(') ')[1]
      ?.split(' ');
    return (Number(fields?.[11]) + Number(fields?.[12])) / TICKS;
  }

  /** RSS. */
  get residentMegabytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
    return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1_024) / 1e6;
  }

  /** Processor time by thread, user and system, in seconds. */
  get threads(): readonly (readonly [name: string, user: number, system: number])[] {
    const folder = `/proc/${this.#child.pid}/task`;
    return readdirSync(folder).map((id) => {
      const stat = readFileSync(`${folder}/${id}/stat`, 'latin1');
      const fields = stat.split(') ')[1]?.split(' ');
      const name = `${/\((.*)\)/.exec(stat)?.[1]} ${id}`;
      return [name, Number(fields?.[11]) / TICKS, Number(fields?.[12]) / TICKS] as const;
    });
  }

  /** Resolves when all that it has read is delivered, with its metrics. */
  async settled(): Promise<ReadonlyMap<string, number>> {
    for (let before = 0; ; ) {
      const metrics = await this.metrics();
      const told = metrics.get('events_captured_total') ?? 0;
      if (told > 0 && told === before && isIdle(metrics)) return metrics;
      before = told;
      await delay(20);
    }
  }

  /** How many events it has told, or will. */
  async told(): Promise<number> {
    return (await this.metrics()).get('events_captured_total') ?? 0;
  }

  /** The same, when no more come. */
  async allTold(): Promise<number> {
    for (let before = 0; ; ) {
      await delay(500);
      const told = await this.told();
      if (told > 0 && told === before) return told;
      before = told;
    }
  }

  /** The lines of /metrics that are of the bridge, without their prefix. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`http://127.0.0.1:${this.#httpPort}/metrics`)).text();
    const lines = text.matchAll(/^asterisk_mqtt_(\S+) (\S+)$/gm);
    return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error('the bridge has ended');
    const url = `http://127.0.0.1:${this.#httpPort}/health/ready`;
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok === true;
  }
}

function isIdle(metrics: ReadonlyMap<string, number>): boolean {
  return metrics.get('events_pending') === 0 && metrics.get('ami_waiting_bytes') === 0;
}
