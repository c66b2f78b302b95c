// What the least takes that such a program has to do, which is to read what Asterisk says and to publish as many messages
// over the same library: what is above it is what the bridge makes of it. As one file, with the options of the image.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { NODE_OPTIONS } from '../../test/support/as-in-the-image.ts';
import type { Start } from './bare-bridge.ts';
import { now } from './clock.ts';
import type { Played, PlayOptions } from './player.ts';
import { Part } from './process.ts';
import type { Rig } from './rig.ts';
import { cpuOf, PAYLOAD_BYTES } from './runs.ts';

type LeastOptions = Pick<Start, 'bytesPerMessage' | 'makes'> & {
  /** Whether it commits what it publishes. */
  readonly keeps: boolean;
};

export class Least implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #part: Part;
  readonly #stack: AsyncDisposableStack;

  static async start(rig: Rig, { keeps, ...options }: LeastOptions): Promise<Least> {
    await using stack = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'asterisk-mqtt-bench-'));
    stack.defer(() => rmSync(folder, { recursive: true }));
    const part = stack.use(new Part(await bundle(folder), { ...process.env, NODE_OPTIONS }));
    const { amiPort, broker } = rig;
    const ports = { amiPort, mqttPort: broker.port };
    const path = keeps ? join(folder, 'outbox.sqlite') : undefined;
    await part.ask('start', { ...ports, ...options, path, bytes: PAYLOAD_BYTES } satisfies Start);
    await delay(500); // it is logged in
    return new Least(rig, part, stack.move());
  }

  private constructor(rig: Rig, part: Part, stack: AsyncDisposableStack) {
    this.#rig = rig;
    this.#part = part;
    this.#stack = stack;
  }

  /** RSS, the highest since it was started, with nothing to do for so long. */
  async idle(seconds: number): Promise<number> {
    await delay(seconds * 1_000);
    return await this.#part.ask<number>('mostMegabytes');
  }

  /** Percent of one core, and the most memory (RSS). It keeps nothing for later, so Asterisk waits for it. */
  async inRealTime(options: PlayOptions) {
    const { asterisk } = this.#rig;
    await asterisk.ask('prepare', options);
    const playing = asterisk.ask<Played>('play', { ...options, isPatient: true });
    const cpuPercent = await cpuOf(() => this.#part.ask<number>('cpuSeconds'), options.seconds);
    const { bytes } = await playing;
    await this.#part.ask('settled', { bytes });
    return { cpuPercent, mostMegabytes: await this.#part.ask<number>('mostMegabytes') };
  }

  /** Messages a second, from the first byte of Asterisk to the last acknowledgement of the broker. */
  async flatOut(calls: number): Promise<number> {
    const { startedAt, bytes } = await this.#rig.asterisk.ask<Played>('flatOut', { calls });
    const published = await this.#part.ask<number>('settled', { bytes });
    return published / ((now() - startedAt) / 1_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** To strip types from its files, Node would take memory of its own. */
async function bundle(folder: string): Promise<string> {
  const outfile = join(folder, 'bare-bridge.cjs');
  const entryPoints = [join(import.meta.dirname, 'bare-bridge.ts')];
  const form = { bundle: true, minify: true, platform: 'node', format: 'cjs' } as const;
  const quietly = { logOverride: { 'empty-import-meta': 'silent' } } as const;
  await build({ ...form, ...quietly, entryPoints, outfile });
  return outfile;
}
