// The real process, as the image runs it, between a manager interface that plays and a real Mosquitto: what its memory is
// and what an event costs it, at any rate and with any number of calls open.

import { execFile } from 'node:child_process';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Bridge } from '../end-to-end/bridge.ts';
import { Mosquitto } from '../end-to-end/mosquitto.ts';
import { Part } from '../end-to-end/process.ts';
import { median } from '../rows.ts';
import type { Measured, Point } from './growth.ts';
import type { Play, Played } from './pbx.ts';

export type Plan = {
  readonly callsPerSecond: number;
  /** Calls that are open all the time besides. */
  readonly open: number;
  readonly warmSeconds: number;
  readonly seconds: number;
};

const OPEN_PER_SECOND = 2_000;
/** What nobody needs any more is given back in the first quiet seconds. */
const SETTLE_MS = 15_000;
const SAMPLE_MS = 200;
const READ_MS = 60_000;

export class Rig implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #program: readonly string[];
  readonly #mqttPort: number;

  /** Builds the bundle and starts a broker. `options`: of Node, beside those of the image. */
  static async start(options: readonly string[] = []): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const built = await promisify(execFile)(process.execPath, ['build.js']);
    const [bundle = ''] = built.stdout.split(': ', 1); // it says what it has made
    const broker = stack.use(await Mosquitto.start());
    return new Rig(stack.move(), [...options, bundle], broker.port);
  }

  private constructor(stack: AsyncDisposableStack, program: readonly string[], mqttPort: number) {
    this.#stack = stack;
    this.#program = program;
    this.#mqttPort = mqttPort;
  }

  /** RSS of a bridge that is ready and has nothing to do, megabytes. */
  async idle(seconds: number): Promise<number> {
    await using pbx = new Part('../load/pbx');
    await using bridge = await this.#startBridge(pbx);
    await delay(seconds * 1_000);
    return bridge.residentMegabytes;
  }

  async measure({ callsPerSecond, open, warmSeconds, seconds }: Plan): Promise<Measured> {
    await using pbx = new Part('../load/pbx');
    await using bridge = await this.#startBridge(pbx);
    if (open > 0) await openAll(pbx, bridge, { calls: open, callsPerSecond: OPEN_PER_SECOND });
    const calls = (forSeconds: number) => Math.ceil(callsPerSecond * forSeconds);
    await ask(pbx, 'play', { callsPerSecond, calls: calls(warmSeconds) });
    await untilOpen(bridge, open);
    const samples: number[] = [];
    const timer = setInterval(() => samples.push(bridge.residentMegabytes), SAMPLE_MS);
    const before = bridge.cpuSeconds;
    const { messages } = await ask(pbx, 'play', { callsPerSecond, calls: calls(seconds) });
    await untilOpen(bridge, open);
    clearInterval(timer);
    return {
      microsPerEvent: ((bridge.cpuSeconds - before) * 1e6) / messages,
      megabytes: Math.max(...samples),
      usualMegabytes: median(samples),
    };
  }

  /** One after another, each with a bridge of its own. */
  async measureAll(
    all: readonly number[],
    toPlan: (at: number) => Plan,
  ): Promise<readonly Point[]> {
    const points: Point[] = [];
    for (const at of all) points.push({ at, ...(await this.measure(toPlan(at))) });
    return points;
  }

  /** RSS that so many open calls add, begun so many a second, megabytes, when all is quiet again. */
  async openCalls(open: number, callsPerSecond = OPEN_PER_SECOND): Promise<number> {
    await using pbx = new Part('../load/pbx');
    await using bridge = await this.#startBridge(pbx);
    await ask(pbx, 'play', { callsPerSecond: OPEN_PER_SECOND, calls: 2 * OPEN_PER_SECOND });
    await delay(SETTLE_MS);
    const before = bridge.residentMegabytes;
    await openAll(pbx, bridge, { calls: open, callsPerSecond });
    await delay(SETTLE_MS);
    return bridge.residentMegabytes - before;
  }

  async #startBridge(pbx: Part): Promise<Bridge> {
    const amiPort = await pbx.ask<number>('port');
    return await Bridge.start({
      amiPort,
      mqttPort: this.#mqttPort,
      outbox: 'durable',
      program: this.#program,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

async function openAll(pbx: Part, bridge: Bridge, play: Required<Play>): Promise<void> {
  await ask(pbx, 'open', play);
  await untilOpen(bridge, play.calls);
}

/** Until it has read all that was told, however slowly. @throws where it knows of more or fewer open calls then */
async function untilOpen(bridge: Bridge, calls: number): Promise<void> {
  const deadline = performance.now() + READ_MS;
  for (;;) {
    const known = (await bridge.metrics()).get('calls_active');
    if (known === calls) return;
    if (performance.now() > deadline)
      throw new Error(`it knows of ${known} of ${calls} open calls`);
    await delay(100);
  }
}

/** @throws where the bridge was too slow a reader: what it costs then is not what is asked */
async function ask(pbx: Part, question: 'play' | 'open', play: Play): Promise<Played> {
  const played = await pbx.ask<Played>(question, play);
  if (played.thrownOut > 0) throw new Error('the bridge was thrown out for reading too slowly');
  return played;
}
