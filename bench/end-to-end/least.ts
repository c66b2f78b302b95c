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
import { type Moments, now, toKey } from './clock.ts';
import type { Played, PlayOptions } from './player.ts';
import { Part } from './process.ts';
import type { Rig } from './rig.ts';
import { cpuOf, type Delays, delaysOf, PAYLOAD_BYTES, settledAt } from './runs.ts';

export type LeastOptions = Pick<Start, 'bytesPerMessage' | 'makes'> & {
  /** Whether it commits what it publishes. */
  readonly keeps: boolean;
};

export type LeastInRealTime = {
  /** Of its messages, and of a bare publisher's next to them. */
  readonly ours: Delays;
  readonly bare: Delays;
  /** Of one core. */
  readonly cpuPercent: number;
  /** RSS. */
  readonly mostMegabytes: number;
};

type Started = { readonly rig: Rig; readonly part: Part; readonly bytesPerMessage: number };

export class Least implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #part: Part;
  readonly #bytesPerMessage: number;
  readonly #stack: AsyncDisposableStack;

  static async start(rig: Rig, { keeps, ...options }: LeastOptions): Promise<Least> {
    await using stack = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'asterisk-mqtt-bench-'));
    stack.defer(() => rmSync(folder, { recursive: true }));
    const program = await bundleOf('bare-bridge', folder);
    const part = stack.use(new Part(program, { ...process.env, NODE_OPTIONS }));
    const { amiPort, broker } = rig;
    const ports = { amiPort, mqttPort: broker.port };
    const path = keeps ? join(folder, 'outbox.sqlite') : undefined;
    await part.ask('start', { ...ports, ...options, path, bytes: PAYLOAD_BYTES } satisfies Start);
    await delay(500); // it is logged in
    const { bytesPerMessage } = options;
    return new Least({ rig, part, bytesPerMessage }, stack.move());
  }

  private constructor({ rig, part, bytesPerMessage }: Started, stack: AsyncDisposableStack) {
    this.#rig = rig;
    this.#part = part;
    this.#bytesPerMessage = bytesPerMessage;
    this.#stack = stack;
  }

  /** RSS, the highest since it was started, with nothing to do for so long. */
  async idle(seconds: number): Promise<number> {
    await delay(seconds * 1_000);
    return await this.#part.ask<number>('mostMegabytes');
  }

  /** It keeps nothing for a time in which it cannot publish, so Asterisk waits for it. */
  async inRealTime(options: PlayOptions): Promise<LeastInRealTime> {
    const { asterisk, subscriber, publisher } = this.#rig;
    await asterisk.ask('prepare', options);
    await subscriber.ask('take');
    await publisher.ask('hop', { bytes: PAYLOAD_BYTES });
    const name = await this.#part.ask<string>('begin');
    const playing = asterisk.ask<Played>('play', { ...options, isPatient: true });
    const cpuPercent = await cpuOf(() => this.#part.ask<number>('cpuSeconds'), options.seconds);
    const played = await playing;
    const hops = await publisher.ask<Moments>('hopped');
    await this.#part.ask('settled', { bytes: played.bytes });
    await delay(500); // the subscriber's last ones
    const arrived = await subscriber.ask<Moments>('take');
    const since = settledAt(played, options);
    return {
      ours: delaysOf(this.#written(played, name), arrived, since),
      bare: delaysOf(hops, arrived, since),
      cpuPercent,
      mostMegabytes: await this.#part.ask<number>('mostMegabytes'),
    };
  }

  /** When the last of the bytes was written that each of its messages is for. */
  #written({ writes }: Played, name: string): Moments {
    const written: Moments = new Map();
    let n = 1;
    for (const [write, bytes] of writes.bytes.entries()) {
      for (; n * this.#bytesPerMessage <= bytes; n++) {
        written.set(toKey(name, n), writes.at[write] ?? Number.NaN);
      }
    }
    return written;
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

/** `name`: of the file beside this one. To strip types from its files, Node would take memory of its own. */
export async function bundleOf(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  const entryPoints = [join(import.meta.dirname, `${name}.ts`)];
  const form = { bundle: true, minify: true, platform: 'node', format: 'cjs' } as const;
  const quietly = { logOverride: { 'empty-import-meta': 'silent' } } as const;
  await build({ ...form, ...quietly, entryPoints, outfile });
  return outfile;
}
