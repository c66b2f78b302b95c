// The bridge as a process of its own, which can be killed, starved and have its clock set.

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { NODE_OPTIONS } from '../support/as-in-the-image.ts';
import type { Accounts } from './checker.ts';

const AS_IN_THE_IMAGE = NODE_OPTIONS.split(' ');
const ROOT = join(import.meta.dirname, '../..');

export type BridgeEnv = Readonly<Record<string, string>>;

export class BridgeProcess implements AsyncDisposable {
  readonly #env: BridgeEnv;
  readonly #httpPort: number;
  #child: ChildProcess;
  #lines: string[] = [];
  readonly #troubles: string[] = [];
  #starts = 1;

  /** `httpPort` must be free. Resolves when it is ready. */
  static async start(env: BridgeEnv, httpPort: number): Promise<BridgeProcess> {
    const bridge = new BridgeProcess(env, httpPort);
    await bridge.untilReady(30_000);
    return bridge;
  }

  private constructor(env: BridgeEnv, httpPort: number) {
    this.#env = env;
    this.#httpPort = httpPort;
    this.#child = this.#spawn();
  }

  /** What it has logged last, its other lives included. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** All that it has logged as a warning or an error, a line each. */
  get troubles(): readonly string[] {
    return this.#troubles;
  }

  get starts(): number {
    return this.#starts;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  async untilReady(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!(await this.#isReady())) {
      if (this.#child.exitCode !== null) throw new Error(`the bridge has ended:\n${this.log}`);
      if (performance.now() > deadline) throw new Error(`the bridge is not ready:\n${this.log}`);
      await delay(50);
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const ended = this.#ended();
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** SIGTERM; how it ended. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    const ended = this.#ended();
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
    return child.exitCode;
  }

  /** Another life, after `kill` or `stop`. */
  again(): void {
    this.#starts += 1;
    this.#child = this.#spawn();
  }

  /** Its clock is set forward, or back where it is negative; milliseconds from the true time. */
  setClock(offsetMs: number): void {
    this.#child.send({ offsetMs });
  }

  /** Nothing else is done in it for so long. */
  starve(ms: number): void {
    this.#child.send({ starveMs: ms });
  }

  /** All that it does not need any more is given back. */
  collectGarbage(): void {
    this.#child.send({ collect: true });
  }

  /** The lines of /metrics that are of the bridge, without their prefix. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await this.#get('/metrics');
    const lines = text.matchAll(/^asterisk_mqtt_(\S+) (\S+)$/gm);
    return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
  }

  async accounts(): Promise<Accounts> {
    const metrics = await this.metrics();
    const count = (name: string) => metrics.get(name) ?? 0;
    return {
      captured: count('events_captured_total'),
      restored: count('events_restored_total'),
      delivered: count('events_delivered_total'),
      pending: count('events_pending'),
      shed: count('events_shed_total'),
      refused: count('events_refused_total'),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }

  #spawn(): ChildProcess {
    const { PATH = '' } = process.env;
    const preload = join(import.meta.dirname, 'preload.ts');
    const args = [...AS_IN_THE_IMAGE, '--import', preload, join(ROOT, 'src/main.ts')];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { PATH, HTTP_HOST: '127.0.0.1', HTTP_PORT: String(this.#httpPort), ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    }) as ChildProcessByStdio<null, Readable, Readable>;
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => this.#noteLine(line));
    }
    child.on('error', () => undefined); // a message to a process that has just ended
    return child;
  }

  #noteLine(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
    if (!line.startsWith('{"level":"info"')) this.#troubles.push(line);
  }

  #ended(): Promise<unknown> {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null ? once(this.#child, 'exit') : Promise.resolve();
  }

  async #isReady(): Promise<boolean> {
    const answer = await fetch(`http://127.0.0.1:${this.#httpPort}/health/ready`, {
      signal: AbortSignal.timeout(2_000),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok === true;
  }

  async #get(path: string): Promise<string> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#httpPort}${path}`, {
        signal: AbortSignal.timeout(5_000),
      });
      return await answer.text();
    } catch (cause) {
      const { exitCode, signalCode } = this.#child;
      const end = `${exitCode ?? signalCode ?? 'it lives'}; ${this.#lines.slice(-LAST_LINES).join('\n')}`;
      throw new Error(`the bridge does not answer: ${end}`, { cause });
    }
  }
}

/** Docker waits for 10 s. */
const STOP_MS = 10_000;
const MAX_LINES = 10_000;
const LAST_LINES = 20;
